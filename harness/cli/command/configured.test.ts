import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { toHarnessError } from "../../errors.ts";
import { readSettingsFiles, settingsFiles } from "../../settings/file.ts";
import { command, describeError, withCluster, withSettings } from "./command.ts";
import { origins } from "./configured.ts";
import { askedFor, givenBy, type Refused } from "./setting-options.ts";

let file: string;
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), "configured-")), "mine.yaml");
  vi.stubEnv("GUIDE_CONFIG", file);
  vi.stubEnv("GUIDE_OFFLINE", undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(join(file, ".."), { recursive: true });
});

/** What a command has of the settings, with these words and this file. */
async function settingsWith(
  text: string,
  words: readonly string[],
  {
    refused = {},
    prepare = (made) => made,
  }: { refused?: Refused; prepare?: (made: Command) => Command } = {},
) {
  await writeFile(file, text);
  const made = prepare(withSettings(command("any", "any"), refused)).action(() => undefined);
  await made.parseAsync(words, { from: "user" });
  return { made, settings: Object.fromEntries(givenBy(made.opts())) };
}

test("a file says what nobody asks for otherwise, and is no question of the command line", async () => {
  const { made, settings } = await settingsWith("artifacts: source\nedits: mine.yaml\n", []);
  expect(settings).toMatchObject({ artifacts: "source", edits: [file], provider: "nspawn" });
  expect([...askedFor(made)]).toEqual([]);
});

test("the old name of a set is read as the new one, which a line says with the place", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    const { settings } = await settingsWith("nodes: 3\nartifacts: guide\n", []);
    expect(settings["artifacts"]).toBe("upstream");
    const line = "mine.yaml:2: --artifacts guide is the old name of --artifacts upstream.\n";
    expect(said.mock.calls).toEqual([[expect.stringContaining(line)]]);
    await settingsWith("artifacts: guide\n", ["--artifacts", "source"]);
    expect(said).toHaveBeenCalledTimes(1);
  } finally {
    said.mockRestore();
  }
});

test("the command line wins, also where a value is a list", async () => {
  const words = ["--artifacts", "debian", "--edits", "/other.yaml"];
  const { settings } = await settingsWith("artifacts: source\nedits: mine.yaml\n", words);
  expect(settings).toMatchObject({ artifacts: "debian", edits: ["/other.yaml"] });
});

test.each(["1", "0"])("the environment wins: GUIDE_OFFLINE=%s", async (value) => {
  vi.stubEnv("GUIDE_OFFLINE", value);
  const { made } = await settingsWith("offline: true\n", []);
  expect(made.getOptionValueSource("offline")).toBe("default");
});

test("hosts imply their provider, in a file as on the command line", async () => {
  expect((await settingsWith("inventory: mine.yaml\n", [])).settings["provider"]).toBe("inventory");
  expect((await settingsWith("inventory: mine.yaml\nprovider: vagrant\n", [])).settings["provider"]).toBe(
    "vagrant",
  );
});

const ofRound = (made: Command): Command => made.setOptionValueWithSource("cluster", "round-1", "default");

test("a command passes over what it does not take, and keeps machines of its own", async () => {
  const refused = { timeoutFactor: "It waits for nothing." };
  const { settings } = await settingsWith("timeout-factor: 7\ncluster: mine\n", [], {
    refused,
    prepare: ofRound,
  });
  expect(settings).toMatchObject({ timeoutFactor: 1, cluster: "round-1" });
});

test("commands that take a cluster alone have it, too", async () => {
  await writeFile(file, "cluster: mine\nartifacts: source\n");
  const made = withCluster(command("any", "any")).action(() => undefined);
  await made.parseAsync([], { from: "user" });
  expect(made.opts()).toEqual({ cluster: "mine" });
});

test("where each setting comes from is known", async () => {
  vi.stubEnv("GUIDE_OFFLINE", "1");
  const { made } = await settingsWith("offline: false\n\ndeadline: 90m\n", ["--nodes", "2"]);
  const all = await origins(made);
  const from = Object.fromEntries(all.map((origin) => [origin.option, [origin.value, origin.from]]));
  expect(from).toMatchObject({
    "--nodes": ["2", "command line"],
    "--deadline": ["90m", `${file}:3`],
    "--offline": [expect.anything(), "GUIDE_OFFLINE"],
    "--provider": ["nspawn", "default"],
    "--artifacts": [undefined, "default"],
  });
  const untold = await origins((await settingsWith("", [])).made);
  expect(untold).toContainEqual({ option: "--deadline", value: "4h", from: "default" });
  expect(untold).toContainEqual({ option: "--nodes", value: "those of the guide", from: "default" });
});

test("what is wrong with a file ends a command before anything is begun, with file and line", async () => {
  await writeFile(file, "artifacts: source\nofflin: true\n");
  const run = await execa(process.execPath, ["harness/cli/cli.ts", "plan"], {
    cwd: projectRoot,
    reject: false,
  });
  expect(run.exitCode).toBe(2);
  expect(run.stderr).toContain(`${file}:2:1: unknown key "offlin"\n    did you mean "offline"?`);
});

test.each([
  ["keep: true", "status"],
  ["artifacts: sauce", "gc"],
  ["artifacts: sauce", "guide", "check"],
  ["keep: true", "libvirt", "true"],
])("a file with %j is refused by every command: %s", async (text, ...words) => {
  await writeFile(file, text);
  const run = await execa(process.execPath, ["harness/cli/cli.ts", ...words], {
    cwd: projectRoot,
    reject: false,
  });
  expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining(`${file}:1:1: `)]);
});

/** What a person is told of a file with this text. */
const refused = (text: string): Promise<string> =>
  settingsWith(text, []).then(
    () => "",
    (thrown: unknown) => describeError(toHarnessError(thrown)),
  );

test("a file that is a list says how settings are written, and a file that is not there who names it", async () => {
  expect(await refused("- artifacts: source\n")).toMatch(
    /mine\.yaml:1:1: a list in the place of settings\n +write settings as `name: value`/,
  );
  await rm(file);
  const missing = settingsFiles();
  await expect(readSettingsFiles(missing)).rejects.toMatchObject({
    details: { hint: expect.stringMatching(/^GUIDE_CONFIG names it: /) },
  });
});
