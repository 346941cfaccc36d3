import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, it } from "vitest";
import { silent } from "../../../progress.ts";
import { testContext, temporaryFolder } from "../../../testing.ts";
import { borrowHost, type Host, returnHost } from "./host-ledger.ts";
import { identify } from "../../../host/processes/identity.ts";

const context = testContext();
let run: string;
let modules: string[];
/** What a second harness would see: the ledger as it was when the host was changed. */
let ledgerAtChange: string;
const ledger = (): string => join(run, "k8s-guide-host.jsonl");

const host = (): Host => ({
  run,
  state: async () => ({ modules: [...modules], controllers: [] }),
  async change() {
    ledgerAtChange = await readFile(ledger(), "utf8");
    modules = [...new Set([...modules, "br_netfilter"])];
  },
  async restore(before) {
    const gone = modules.filter((name) => !before.modules.includes(name));
    modules = modules.filter((name) => before.modules.includes(name));
    return gone;
  },
});

beforeEach(() => {
  run = temporaryFolder();
  modules = ["ext4"];
});

it("writes the host down before it is changed, and puts it back", async () => {
  await borrowHost(silent, context, host());
  expect(ledgerAtChange).toContain('"modules":["ext4"]');
  expect(modules).toEqual(["ext4", "br_netfilter"]);
  expect(await returnHost(context, host())).toEqual(["br_netfilter"]);
  expect(modules).toEqual(["ext4"]);
  expect(await readdir(run)).toEqual(["k8s-guide-host.lock"]);
});

it("leaves a host alone that was not borrowed", async () => {
  expect(await returnHost(context, host())).toEqual([]);
  expect(await readdir(run)).toEqual([]);
});

it("leaves the host as it is until the last cluster goes, whoever made it", async () => {
  await borrowHost(silent, context, host());
  await mkdir(join(run, "k8s-guide.other"));
  await borrowHost(silent, context, host());
  expect(await returnHost(context, host())).toEqual([]);
  await rm(join(run, "k8s-guide.other"), { recursive: true });
  expect(await returnHost(context, host())).toEqual(["br_netfilter"]);
});

it("leaves the host to another process that is about to make a cluster, and takes it back after its death", async () => {
  await borrowHost(silent, context, host());
  const other = execa("sleep", ["infinity"], { reject: false });
  await appendFile(
    ledger(),
    `${JSON.stringify({ kind: "owner", ...(await identify(Number(other.pid))) })}\n`,
  );
  expect(await returnHost(context, host())).toEqual([]);
  other.kill("SIGKILL");
  await other;
  expect(await returnHost(context, host())).toEqual(["br_netfilter"]);
});

it("knows what was before, also when the process that changed the host was killed", async () => {
  await borrowHost(silent, context, host());
  await appendFile(ledger(), '{"kind":"own');
  await borrowHost(silent, context, host());
  expect(await returnHost(context, host())).toEqual(["br_netfilter"]);
});

it("forgets what was before another boot", async () => {
  await borrowHost(silent, context, host());
  const text = await readFile(ledger(), "utf8");
  await writeFile(ledger(), text.replaceAll(/"boot":"[^"]*"/g, '"boot":"another"'));
  modules = ["ext4", "xfs"];
  await borrowHost(silent, context, host());
  expect(await returnHost(context, host())).toEqual(["br_netfilter"]);
  expect(modules).toEqual(["ext4", "xfs"]);
});

it.each([
  ["borrowed", (note: (text: string) => void) => borrowHost({ ...silent, note }, context, host())],
  ["given back", async (note: (text: string) => void) => (await returnHost(context, host())).forEach(note)],
])("sets a damaged ledger aside when the host is %s, says so once, and goes on", async (_, read) => {
  await writeFile(ledger(), "nonsense\n");
  const notes: string[] = [];
  await read((text) => void notes.push(text));
  await borrowHost({ ...silent, note: (text) => void notes.push(text) }, context, host());
  expect(notes).toEqual([
    `the host's ledger was damaged (line 1: it is not JSON) and is kept as ${ledger()}.damaged-1: the host stays as it is until it boots`,
  ]);
  expect(await returnHost(context, host())).toEqual(["br_netfilter"]);
  expect(await readFile(`${ledger()}.damaged-1`, "utf8")).toBe("nonsense\n");
});
