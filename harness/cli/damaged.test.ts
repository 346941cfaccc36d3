import { execa } from "execa";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { projectRoot } from "../host/paths.ts";
import { identify } from "../host/processes/identity.ts";
import { testContext, temporaryFolder } from "../testing.ts";
import { allClusters, sweep } from "./machines/sweep.ts";

// The host itself is not the tests' to give back.
vi.mock(import("../machines/nspawn/host/host-ledger.ts"), async (original) => ({
  ...(await original()),
  returnHost: () => Promise.resolve([]),
}));

/** Every way in which a file of ours comes to harm; `whole` is its text as it should be. */
const harms: Readonly<Record<string, (file: string, whole: string) => Promise<void>>> = {
  truncated: (file, whole) => writeFile(file, `${whole.slice(0, whole.length / 2)}\n`),
  garbage: (file) => writeFile(file, "no JSON at all\n"),
  zeros: (file, whole) => writeFile(file, `${"\0".repeat(whole.length)}\n`),
  schema: (file) => writeFile(file, '{"version":"of another form"}\n'),
  folder: (file) => mkdir(file).then(() => undefined),
};

const context = testContext();

let home: string;
let state: string;
let cache: string;
beforeEach(async () => {
  home = temporaryFolder();
  vi.stubEnv("XDG_STATE_HOME", join(home, "state"));
  vi.stubEnv("XDG_CACHE_HOME", join(home, "cache"));
  state = join(home, "state/k8s-guide-conformance");
  cache = join(home, "cache/k8s-guide-conformance");
  await mkdir(state, { recursive: true });
});
afterEach(() => void vi.unstubAllEnvs());

const put = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};

const cli = async (...args: readonly string[]) => {
  const { stdout, exitCode, stderr } = await execa(
    process.execPath,
    [join(projectRoot, "harness/cli/cli.ts"), ...args],
    { reject: false, cwd: projectRoot },
  );
  return { exitCode, stderr, stdout };
};
const json = async (...args: readonly string[]) => {
  const { stdout, exitCode } = await cli(...args, "--json");
  return { exitCode, ...JSON.parse(stdout) };
};
const dead = { pid: 1, start: 1, boot: "another" };
const owner = JSON.stringify({ kind: "owner", ...dead });

/** A cluster of embedded machines whose only resource is a folder, which it gives. */
async function makeCluster(id: string, lines: readonly string[] = []): Promise<string> {
  const path = join(home, `resource-of-${id}`);
  await mkdir(path);
  const entries = [owner, ...lines, JSON.stringify({ kind: "directory", path })];
  await put(join(state, "clusters", id, "ledger.jsonl"), `${entries.join("\n")}\n`);
  return path;
}

// Commands are processes of their own, which take long on a busy host.
describe("one damaged ledger", () => {
  test("does not disable status, gc or down for the others, and its other lines count", async () => {
    const ledger = join(state, "clusters/broken/ledger.jsonl");
    const resources = [await makeCluster("broken", ["nonsense"]), await makeCluster("other")];
    const shown = await json("status");
    expect(shown).toMatchObject({
      exitCode: 4,
      clusters: [{ id: "broken" }, { id: "other" }],
      problems: [{ location: { file: ledger, line: 2 }, hint: expect.stringContaining("pnpm down") }],
    });
    const forPerson = await cli("status");
    expect(forPerson.stderr).toContain(`${ledger}:2`);
    const misspelt = await cli("down", "--cluster", "othre");
    expect(misspelt.exitCode).toBe(2);
    expect(misspelt.stderr).toMatch(
      /There is no cluster othre\n.*did you mean "other"\? .*Those there are: broken, other\./,
    );
    expect(forPerson.stdout).toContain("other (left behind: `pnpm gc` removes it): ");
    const swept = await json("gc");
    const aside = join(state, "clusters/broken.damaged-1");
    expect(swept).toMatchObject({
      exitCode: 4,
      failed: [],
      problems: [{ location: { file: aside, line: 2 } }],
    });
    expect(resources.map((path) => existsSync(path))).toEqual([false, false]);
    expect(await readFile(aside, "utf8")).toContain("nonsense");
    const nothing = { removed: [], left: [], running: [], failed: [], problems: [] };
    expect(await sweep({ reports: home }, context)).toEqual(nothing);
  });

  test("of a cluster that is taken down: all that can be is removed, and what is not sure is said once", async () => {
    const resource = await makeCluster("broken", ["{", "{}"]);
    const down = await json("down", "--cluster", "broken");
    expect(down).toMatchObject({
      exitCode: 4,
      problems: [
        {
          message: expect.stringContaining("and 1 more line"),
          outputTail: `folder ${resource}`,
          hint: expect.stringContaining("by hand"),
        },
      ],
    });
    expect(existsSync(resource)).toBe(false);
    expect(await json("down", "--cluster", "broken")).toMatchObject({ exitCode: 2 });
    expect(await json("down")).toEqual({ exitCode: 0, cluster: "main", removed: [], problems: [] });
  });

  test("is left alone while its owner lives, and named", async () => {
    const living = JSON.stringify({ kind: "owner", ...(await identify(process.pid)) });
    const resource = await makeCluster("busy", [living, "nonsense"]);
    const swept = await sweep({ all: true, reports: home }, context);
    expect(swept).toMatchObject({ left: ["busy"], running: ["busy"], failed: [], removed: [] });
    expect(swept.problems[0]?.details.location?.line).toBe(3);
    expect(existsSync(resource)).toBe(true);
  });

  test("a whole one is removed by the cluster's names", async () => {
    await put(join(state, "clusters/gone/ledger.jsonl"), "nonsense\n");
    const { problems } = await sweep({ reports: home }, context);
    expect(problems.map(({ details }) => details.location?.file)).toEqual([
      join(state, "clusters/gone.damaged-1"),
    ]);
  });

  test("a plain file in the place of a cluster's folder is set aside", async () => {
    await put(join(state, "clusters/plain"), "");
    expect((await sweep({ reports: home }, context)).problems).toHaveLength(1);
    expect(await readdir(join(state, "clusters"))).toEqual(["plain.damaged-1"]);
    expect((await sweep({ reports: home }, context)).problems).toEqual([]);
  });

  test("a cluster whose removal fails is told, and does not keep the others from going", async () => {
    await put(
      join(state, "clusters/stuck/ledger.jsonl"),
      `${owner}\n${JSON.stringify({ kind: "directory", path: "/proc/self" })}\n`,
    );
    const resource = await makeCluster("zz-last");
    expect(await sweep({ reports: home }, context)).toMatchObject({
      failed: ["stuck"],
      problems: [expect.anything()],
    });
    expect(existsSync(resource)).toBe(false);
  });
});

const whole: Readonly<Record<string, { file: (name: string) => string; text: string }>> = {
  "ledger of embedded machines": {
    file: (name) => join(state, "clusters", name, "ledger.jsonl"),
    text: `${owner}\n`,
  },
  "ledger of Vagrant's machines": {
    file: (name) => join(state, "vagrant", name, "ledger.jsonl"),
    text: `${owner}\n`,
  },
  "what is known of hosts": { file: (name) => join(state, "inventory", name, "hosts.json"), text: "{}" },
  "state of a cluster": { file: (name) => join(state, "applied", `${name}.json`), text: "{}" },
  "note of a checkpoint": { file: (name) => join(cache, "checkpoints", `${name}.json`), text: "{}" },
  "record of a run": {
    // Linux's highest number of a process is 2^22.
    file: (name) => join(home, "reports", `20190401T020000-${name}-${2 ** 22 + 1}`, "run.json"),
    text: "{}",
  },
  "score of the mutants": { file: (name) => join(home, `${name}-score.json`), text: "{}" },
};

describe.each(Object.entries(whole))("a damaged %s", (_kind, { file: fileOf, text }) => {
  test.each(Object.entries(harms))(
    "(%s) is named and set aside, once, and a cluster beside it goes",
    async (harm, damage) => {
      const file = fileOf(harm);
      await mkdir(dirname(file), { recursive: true });
      await damage(file, text);
      const resource = await makeCluster("healthy");
      const places = { reports: join(home, "reports"), trial: join(home, `${harm}-score.json`) };
      const { problems, removed, failed } = await sweep(places, context);
      expect(failed).toEqual([]);
      expect(removed).toEqual([`healthy: folder ${resource}`]);
      expect(problems.map(({ verdict }) => verdict)).toEqual(["infrastructure"]);
      const { location, hint } = problems[0]?.details ?? {};
      expect(location?.file).toMatch(/\.damaged-1$/);
      expect(existsSync(location?.file ?? "")).toBe(true);
      expect(hint).toBeTruthy();
      expect(existsSync(file)).toBe(false);
      expect(await sweep(places, context)).toEqual({
        removed: [],
        left: [],
        running: [],
        failed: [],
        problems: [],
      });
    },
  );
});

test("a damaged state is named by status, and its cluster goes with gc although it was to stay", async () => {
  const resource = await makeCluster("kept");
  await put(join(state, "applied/kept.json"), '{"kept":true}');
  await makeCluster("other");
  expect(await json("status")).toMatchObject({
    exitCode: 4,
    clusters: [{ id: "kept", problem: expect.any(String) }, { id: "other" }],
    problems: [{ location: { file: join(state, "applied/kept.json"), line: 1 } }],
  });
  expect((await sweep({ reports: home }, context)).failed).toEqual([]);
  expect(existsSync(resource)).toBe(false);
  expect(await readdir(join(state, "applied"))).toEqual(["kept.json.damaged-1"]);
});

test("a damaged note is named by `checkpoints`", async () => {
  const file = join(cache, "checkpoints/abc.json");
  await put(file, "{");
  expect(await json("checkpoints")).toMatchObject({
    exitCode: 4,
    checkpoints: [],
    problems: [{ location: { file, line: 1 } }],
  });
});

test.each(["", "{", "{}", "null", '{"pid":"one"}'])(
  "an owner of a private libvirt that is %j does not hide the others, nor what is no session",
  async (text) => {
    const nobody = 2 ** 22 + 1;
    for (const name of [nobody, process.pid])
      await put(join(state, "libvirt", `${name}`, "owner.json"), text);
    await put(join(state, "libvirt/notes/owner.json"), "");
    const { removed } = await sweep({ reports: home }, context);
    expect(removed).toEqual([join(state, "libvirt", `${nobody}`)]);
    expect((await readdir(join(state, "libvirt"))).toSorted()).toEqual(
      [`${process.pid}`, "notes"].toSorted(),
    );
  },
);

test.each(["clusters/far/ledger.jsonl", "vagrant/far/ledger.jsonl", "inventory/far/owners.jsonl"])(
  "an owner of another PID namespace counts as alive in %s",
  async (file) => {
    const self = await identify(process.pid);
    const far = { kind: "owner", ...self, pid: 4_000_000, pidNamespace: "pid:[1]" };
    await put(join(state, file), `${JSON.stringify(far)}\n`);
    expect((await allClusters()).clusters).toMatchObject([{ id: "far", running: true, damaged: [] }]);
  },
);
