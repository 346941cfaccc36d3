import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { makeKeyPair } from "../machines/ssh/keys/key-pair.ts";
import { projectRoot } from "../host/paths.ts";
import {
  defaultSettings,
  type SettingName,
  settingNames,
  settingsSchema,
  type StoredSettings,
  withoutAbsent,
  wordsOf,
} from "../settings/schema.ts";
import { valuesOf } from "../settings/testing.ts";
import { command } from "./command/base.ts";
import { optionsOf } from "../rounds/pool/children.ts";
import { temporaryFolder } from "../testing.ts";
import { givenBy, withSettings } from "./command/setting-options.ts";

const folder = temporaryFolder();
/** Every setting is another than without an option, in one of these: some exclude each other. */
let variants: StoredSettings[];
beforeAll(async () => {
  const guide = join(folder, "guide/guide.md");
  await cp(join(projectRoot, "fixtures"), folder, { recursive: true });
  const git = (...words: readonly string[]) =>
    execa("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...words], { cwd: folder });
  await git("init", "--quiet");
  await git("add", ".");
  await git("commit", "--quiet", "--message=one");
  await writeFile(guide, (await readFile(guide, "utf8")).replace("--v=4", "--v=3"));
  await git("commit", "--quiet", "--all", "--message=two");
  const edits = await Promise.all(
    ["get nodes", "-o wide"].map(async (find, index) => {
      const file = join(folder, `edit-${index}.yaml`);
      const change = {
        reason: "Tries it.",
        step: "4.2.6/show-nodes",
        find,
        replace: find.replace(" ", "  "),
      };
      await writeFile(file, JSON.stringify({ id: "edit", changes: [change] }));
      return file;
    }),
  );
  const inventory = join(folder, "hosts.yaml");
  const { privateKey, publicKey } = makeKeyPair();
  await writeFile(join(folder, "key"), privateKey, { mode: 0o600 });
  const hosts = ["master", "node", "node", "node"].map((role, index) =>
    Object.assign({ name: `h${index}`, role, address: `10.0.0.${index + 5}`, host_key: publicKey }),
  );
  await writeFile(inventory, JSON.stringify({ os: "debian12", ssh: { key: "key", user: "root" }, hosts }));
  const settings = {
    ...Object.fromEntries(settingNames.map((name) => [name, otherThanDefault(name)])),
    cluster: "other",
    provider: "inventory",
    inventory,
    adopt: true,
    artifacts: "upstream",
    guide,
    errata: ["etcd-enable-typo", "flannel-endpoint-comma"],
    edits,
    nodes: 3,
    timeoutFactor: 2.5,
    deadline: 5_400_000,
  };
  variants = [
    settingsSchema.parse({ ...settings, online: true, offline: false }),
    settingsSchema.parse({ ...settings, online: false, offline: true }),
  ];
});

/** A value for a setting that this test has none for. */
const otherThanDefault = (name: SettingName): unknown =>
  fc.sample(
    valuesOf(name).filter((value) => wordsOf(name, value).length > 0 && value !== defaultSettings[name]),
    1,
  )[0];

/** In the place of every run that a command starts: notes its words, says `passed`, and ends the command after so many. */
const inPlaceOfRuns = `
import childProcess from "node:child_process";
import { appendFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { spawn } = childProcess;
let left = Number(process.env.RUNS);
childProcess.spawn = (file, args, options) => {
  const words = [file, Array.isArray(args) ? args : []].flat().join(" ").split(/\\s+/);
  const own = (text) => spawn(process.execPath, ["-p", JSON.stringify(JSON.stringify(text))], options);
  if (words.includes("harness/cli/cli.ts") && words.includes("gc")) return own({ removed: [], left: [] });
  if (!words.some((word) => /scripts.(e2e|up|apply|suite).ts$/.test(word)) && !words.includes("try") && !words.includes("repro")) {
    return spawn(file, args, options);
  }
  appendFileSync(process.env.LOG, JSON.stringify(words) + "\\n");
  if (--left === 0) process.exit(0);
  return own({ id: "run", verdict: "passed", tests: [], steps: [], spans: [], durationMs: 1 });
};
syncBuiltinESMExports();`;

let logs = 0;

/** The words that each of the first so many runs of a command was given. */
async function wordsOfRuns(
  words: readonly string[],
  runs: number,
  more: Readonly<Record<string, string>> = {},
): Promise<string[][]> {
  const log = join(folder, `log-${(logs += 1)}`);
  const state = join(folder, "state");
  await mkdir(state, { recursive: true });
  const loader = `data:text/javascript,${encodeURIComponent(inPlaceOfRuns)}`;
  const { all } = await execa(process.execPath, ["--import", loader, ...words], {
    cwd: projectRoot,
    env: {
      RUNS: String(runs),
      LOG: log,
      TMPDIR: folder,
      XDG_STATE_HOME: state,
      XDG_CACHE_HOME: state,
      ...more,
    },
    reject: false,
    all: true,
  });
  const lines = (await readFile(log, "utf8").catch(() => "")).trim().split("\n");
  if (lines.length !== runs || lines[0] === "") throw new Error(`${words.join(" ")}: ${all}`);
  return lines.map((line) => JSON.parse(line));
}

function settingsIn(words: readonly string[]): StoredSettings {
  const target = withSettings(command("any", "any")).argument("[word...]").allowUnknownOption();
  target.parse(words, { from: "user" });
  return settingsSchema.parse(withoutAbsent(givenBy(target.opts())));
}

test("the settings that are tried are all there are", () => {
  const tried = settingNames.filter((name) => variants.some((one) => one[name] !== defaultSettings[name]));
  expect(tried).toEqual(settingNames);
});

const guide = (...words: readonly string[]): string[] => ["harness/cli/cli.ts", "guide", ...words];

describe("a setting that a command takes arrives in the runs that it starts", () => {
  test.each([
    {
      name: "mutants, a change",
      words: ["harness/cli/cli.ts", "mutants", "another-pod-network", "--continue"],
    },
    { name: "mutants, a fault", words: ["harness/cli/cli.ts", "mutants", "third-node", "--continue"] },
    {
      name: "repro",
      words: ["harness/cli/cli.ts", "repro", "etcd-enable-typo", "flannel-endpoint-comma", "--continue"],
    },
    { name: "checkpoints prove", words: ["harness/cli/cli.ts", "checkpoints", "prove"] },
    { name: "guide ablate", words: guide("ablate", "2.4.4/start-etcd", "--continue"), runs: 2 },
    { name: "guide bisect", words: guide("bisect", "--good=HEAD~1", "--bad=HEAD"), copy: true },
    { name: "guide watch", words: guide("watch") },
    { name: "nightly", words: ["scripts/nightly.ts", "--history", "HISTORY"] },
    { name: "bench e2e", words: ["scripts/bench.ts", "e2e"] },
    { name: "bench step", words: ["scripts/bench.ts", "step"], runs: 3 },
    { name: "bench suite", words: ["scripts/bench.ts", "suite"], runs: 3 },
    { name: "bench guide-try", words: ["scripts/bench.ts", "guide-try"], runs: 2 },
  ])("$name", async ({ words, runs = 1, copy = false }) => {
    const named = words.map((word) => (word === "HISTORY" ? join(folder, "history.json") : word));
    for (const settings of variants) {
      for (const run of await wordsOfRuns([...named, ...optionsOf(settings)], runs)) {
        const given = settingsIn(run);
        // Lanes have clusters of their own, what is tried is an edit more, and a commit's guide is a copy.
        const cluster = given.cluster.replace(/-\d+$/, "");
        const edits = given.edits.slice(0, settings.edits.length);
        expect(given.guide === settings.guide).toBe(!copy);
        expect({ ...given, cluster, edits, guide: settings.guide }).toEqual(settings);
      }
    }
  });
});

test("a setting of a file arrives, too, unless the command line has another", async () => {
  const file = join(folder, "mine.yaml");
  await writeFile(file, "artifacts: source\ntimeout-factor: 3\n");
  const words = ["harness/cli/cli.ts", "mutants", "another-pod-network", "--timeout-factor=7"];
  const [run = []] = await wordsOfRuns(words, 1, { GUIDE_CONFIG: file });
  expect(settingsIn(run)).toMatchObject({ artifacts: "source", timeoutFactor: 7 });
});
