import { stat } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { connection } from "../../machines/ssh/channel/testing.ts";
import { cacheRoot } from "../../host/paths.ts";
import { temporaryFolder } from "../../testing.ts";
import { openTerminals } from "../apply/terminals.ts";
import type { OpenCluster } from "../cluster/open.ts";
import { type CheckpointMetadata, readMetadata, writeMetadata } from "./metadata.ts";

beforeEach(() => {
  vi.stubEnv("XDG_CACHE_HOME", temporaryFolder());
  return () => void vi.unstubAllEnvs();
});

// oxlint-disable-next-line no-unsafe-type-assertion -- only what terminals ask of a cluster
const cluster = { machines: [{ name: "t71" }], connection: () => connection } as unknown as OpenCluster;

/** What a guide's steps print, one after the other, in a shell that stands where another was left. */
async function typed(places: CheckpointMetadata["places"], ...steps: string[]) {
  const terminals = await openTerminals(cluster, places);
  const shell = terminals.all.get("t71")?.shell;
  const printed: string[] = [];
  for (const step of steps) printed.push((await shell?.run(step))?.stdout ?? "");
  const left = terminals.places();
  await terminals.close();
  return { printed, places: left };
}

const metadata = (places: CheckpointMetadata["places"]): CheckpointMetadata => ({
  key: "one",
  provider: "nspawn",
  after: "2.1/fetch",
  section: "2.1",
  steps: 1,
  run: "run-1",
  savedAt: "2026-11-29T00:00:00Z",
  milliseconds: 1,
  places,
  assists: [],
  up: {},
});

test("who resumes has the folder, the variables and the functions that the guide's reader has by then", async () => {
  const { places } = await typed(
    {},
    'cd /usr/lib; umask 027; TOKEN=$\'it\\\'s $5\\n–\'; export API=2; nodes=(a "b c"); up() { echo "up $1"; }',
    "false || true",
  );
  await writeMetadata(metadata(places));
  const [kept] = await readMetadata();
  const again = await typed(
    kept?.places ?? {},
    'echo "$PWD $TOKEN ${nodes[1]} ${#nodes[@]}"; up etcd; umask',
    "sh -c 'echo \"$API-$TOKEN\"'",
  );
  expect(again.printed).toEqual(["/usr/lib it's $5\n– b c 2\nup etcd\n0027\n", "2-\n"]);
});

test("what is kept of a shell is its owner's alone", async () => {
  await writeMetadata(metadata({ t71: { cwd: "/", environment: "TOKEN=secret" } }));
  const { mode } = await stat(join(cacheRoot(), "checkpoints/one.json"));
  expect(mode & 0o777).toBe(0o600);
});
