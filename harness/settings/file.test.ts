import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { readSettingsFiles, settingsFiles } from "./file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "settings-file-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(...texts: string[]) {
  const files = await Promise.all(
    texts.map(async (text, index) => {
      const file = join(folder, `${index}.yaml`);
      await writeFile(file, text);
      return file;
    }),
  );
  return readSettingsFiles(files);
}
const valuesOf = async (text: string) =>
  Object.fromEntries([...(await read(text))].map(([name, { value }]) => [name, value]));

test("every option can be written as it is typed, and paths are those from the file's folder", async () => {
  await mkdir(join(folder, "mine"));
  for (const name of ["mine/guide.md", "hosts.yaml", "a.yaml"]) await writeFile(join(folder, name), "");
  const text = `
# what I type every day
cluster: mine
provider: inventory
inventory: hosts.yaml
adopt: true
artifacts: guide   # the old name of upstream
guide: mine/guide.md
as-written: [etcd-enable-typo]
edits: a.yaml
nodes: 3
offline: false
timeout-factor: 2.5
deadline: 90m
`;
  expect(await valuesOf(text)).toEqual({
    cluster: "mine",
    provider: "inventory",
    inventory: join(folder, "hosts.yaml"),
    adopt: true,
    artifacts: "upstream",
    guide: join(folder, "mine/guide.md"),
    errata: ["etcd-enable-typo"],
    edits: [join(folder, "a.yaml")],
    nodes: 3,
    offline: false,
    timeoutFactor: 2.5,
    deadline: 5_400_000,
  });
  expect(await valuesOf("as-written: true")).toEqual({ errata: ["all"] });
});

test.each(["", "# nothing yet\n"])("a file that says nothing asks for nothing: %j", async (text) => {
  expect(await valuesOf(text)).toEqual({});
});

test("the first of two files decides, and each setting knows its place", async () => {
  const settings = await read("artifacts: source\n", "\nnodes: 3\nartifacts: debian\n");
  expect(settings.get("artifacts")).toEqual({
    value: "source",
    at: { file: join(folder, "0.yaml"), line: 1, column: 1 },
  });
  expect(settings.get("nodes")?.at).toMatchObject({ file: join(folder, "1.yaml"), line: 2 });
});

test.each([
  ["artefacts: source", '1:1: unknown key "artefacts"', 'did you mean "artifacts"?'],
  ["artifacts: sauce", '1:1: artifacts cannot be "sauce"', 'did you mean "source"?'],
  ["provider: vbox", '1:1: provider cannot be "vbox"', "known: nspawn, vagrant, inventory"],
  ["\noffline: maybe", '2:1: offline cannot be "maybe"', "write true or false"],
  ["deadline: tomorrow", '1:1: deadline cannot be "tomorrow"', "such as 90m or 4h"],
  ["nodes: 0", '1:1: nodes cannot be "0"', "a whole number from 1"],
  ["nodes: [1, 2]", "1:1: nodes cannot be [1,2]", "write one value"],
  ["cluster: [a]", '1:1: cluster cannot be ["a"]', "write one value"],
  ["cluster: A B", '1:1: "A B" cannot name a cluster', "small letters, digits and dashes"],
  ["\npatience: 3", '2:1: unknown key "patience"', "patience is called timeout-factor now"],
  ["deadline: [90m]", '1:1: deadline cannot be ["90m"]', "write one value"],
  ["cluster: { id: a }", '1:1: cluster cannot be {"id":"a"}', "write a text or a number"],
  ["guide: nowhere.md", "1:1: guide: there is no file", "from the folder of this file"],
  ["- artifacts", "1:1: a list in the place of settings", "artifacts: source"],
  ["a: [", "1:4: a [ that nothing closes", "close it with ]"],
  ["keep: true", '1:1: unknown key "keep"', "known: cluster"],
])("%j is an error with its place", async (text, message, hint) => {
  const error: unknown = await read(text).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ verdict: "usage", details: { location: { file: join(folder, "0.yaml") } } });
  expect(String(error)).toContain(`${join(folder, "0.yaml")}:${message}`);
  const shared = error instanceof UsageError ? error.details.hint : "";
  expect(`${String(error)}\n${shared}`).toContain(hint);
});

test("all that is wrong with a file is told at once", async () => {
  const error: unknown = await read("nodes: 0\nprovider: vbox\n").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ findings: [{ location: { line: 1 } }, { location: { line: 2 } }] });
});

test("the project's file comes before the user's; GUIDE_CONFIG names another, or none", async () => {
  const [project, config] = [join(folder, "project"), join(folder, "config")];
  const env = { XDG_CONFIG_HOME: config };
  const files = [
    join(project, "guide-conformance.yaml"),
    join(config, "k8s-guide-conformance/guide-conformance.yaml"),
  ];
  expect(settingsFiles(env, project)).toEqual([]);
  await mkdir(project);
  await mkdir(join(config, "k8s-guide-conformance"), { recursive: true });
  for (const file of files) await writeFile(file, "");
  expect(settingsFiles(env, project)).toEqual(files);
  expect(settingsFiles({ ...env, GUIDE_CONFIG: "/other.yaml" }, project)).toEqual(["/other.yaml"]);
  expect(settingsFiles({ ...env, GUIDE_CONFIG: "" }, project)).toEqual([]);
});

test("a file that was named and is not there is an error", async () => {
  await expect(readSettingsFiles([join(folder, "none.yaml")])).rejects.toMatchObject({ verdict: "usage" });
});
