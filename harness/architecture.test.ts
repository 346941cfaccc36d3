import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  crowdedFolders,
  forbidden,
  importsIn,
  layerOf,
  layersIn,
  lostPaths,
  lostPathsIn,
  guideFacts,
  guideFactsIn,
  projectFolders,
} from "./architecture.ts";
import { projectRoot } from "./host/paths.ts";

const table = `
| folder | what it is | imports | types only |
|---|---|---|---|
| \`harness/guide\` | the guide | \`harness\` | \`harness/machines\` |
| \`scripts\` | workflows | all | |
| \`harness/index.ts\` | the door | all | |
`;
const found = (path: string, text: string): string[] => forbidden(importsIn(path, text), layersIn(table));

test.each([
  ["harness/guide/plan/plan.ts", "harness/guide"],
  ["harness/errors.ts", "harness"],
  ["suites/cluster/tls/tls.ts", "suites"],
  ["harness/index.ts", "harness/index.ts"],
])("%s belongs to %s", (path, layer) => {
  expect(layerOf(path, layersIn(table))).toBe(layer);
});

test.each([
  ["a value", `\nimport { nspawn } from "../machines/nspawn/provider.ts";`, "harness/guide/a.ts:2: "],
  ["a value beside a type", `import { type A, b } from "../machines/machine.ts";`, "harness/guide/a.ts:1: "],
  ["a value that is passed on", `export { b } from "../machines/machine.ts";`, "harness/guide/a.ts:1: "],
  ["an import at run time", `await import("../machines/machine.ts");`, "harness/guide/a.ts:1: "],
  ["an import for its effect", `import "../machines/machine.ts";`, "harness/guide/a.ts:1: "],
  [
    "a type of a folder that is not in the row",
    `import type { Run } from "../run/run.ts";`,
    "harness/guide/a.ts:1: ",
  ],
])("%s is found", (_, text, place) => {
  expect(found("harness/guide/a.ts", text)).toStrictEqual([expect.stringContaining(place)]);
});

test.each([
  ["types", "harness/guide/a.ts", `import type { Machine } from "../machines/machine.ts";`],
  ["types, each marked", "harness/guide/a.ts", `import { type Machine } from "../machines/machine.ts";`],
  ["what the row names", "harness/guide/a.ts", `import { UsageError } from "../errors.ts";`],
  ["its own folder", "harness/guide/edit/a.ts", `import { b } from "../parse/b.ts";`],
  ["packages", "harness/guide/a.ts", `import { z } from "zod"; import { join } from "node:path";`],
  ["anything, for a test", "harness/guide/a.test.ts", `import { b } from "../run/run.ts";`],
  ["anything, for a row that says so", "scripts/a.ts", `import { b } from "../harness/run/run.ts";`],
])("%s may be imported", (_, path, text) => {
  expect(found(path, text)).toStrictEqual([]);
});

test("a folder without a row may not import", () => {
  expect(found("harness/new/a.ts", `import { UsageError } from "../errors.ts";`)).toHaveLength(1);
});

test("the page has a row for every folder", async () => {
  const layers = layersIn(await readFile(join(projectRoot, "docs/architecture.md"), "utf8"));
  expect(layers.size).toBeGreaterThan(10);
});

test("a path in a document leads somewhere", () => {
  const text =
    "`harness/errors.ts`, [a page](../docs/machines.md) and\n`harness/run/gone.ts`, fixtures/guide/errata/ID.yaml, suites/.";
  expect(lostPathsIn("docs/a.md", text)).toStrictEqual(["docs/a.md:2: there is no harness/run/gone.ts"]);
});

test("every path in the documents leads somewhere", async () => {
  expect(await lostPaths()).toStrictEqual([]);
});

test.each([
  ["suites/etcd/etcd.test.ts", 'read("/k8s/etcd/ssl/ca.pem")', '"/k8s/"'],
  ["suites/cluster/run.ts", 'const network = "10.254.0.0/16";', '"10.254"'],
  ["harness/cli/machines/shell.ts", '"its name, such as t71"', '"t71"'],
  ["harness/cli/a.ts", "// token.csv of 192.168.4.71", '"token.csv"'],
  ["harness/machines/inventory/scripts/facts.sh", "ls /k8s/etcd", '"/k8s/"'],
  ["harness/cli/machines/shell.ts", "'cd /k8s && ls'", '"/k8s"'],
])("%s may not know the guide: %s", (path, text, fact) => {
  expect(guideFactsIn(path, `\n${text}\n`)).toStrictEqual([`${path}:2: ${fact} is for the guide's profile`]);
});

test.each([
  "harness/a.test.ts",
  "harness/faults/world.ts",
  "harness/report/sample.ts",
  "suites/ping/a.unit.test.ts",
])("%s may know the guide", (path) => {
  expect(guideFactsIn(path, "t71 is 192.168.4.71")).toStrictEqual([]);
});

test("no code knows what the guide's profile says", async () => {
  expect(await guideFacts()).toStrictEqual([]);
});

test.each([
  ["fifteen files, whatever its subfolders have", 15, []],
  ["sixteen files", 16, ["harness/a: 16 files, at most 15 are allowed"]],
])("a folder with %s", (_, files, told) => {
  const paths = Array.from({ length: files }, (__, index) => `harness/a/${index}.ts`);
  expect(crowdedFolders([...paths, "harness/a/b/c.ts"])).toStrictEqual(told);
});

test("no folder has more files than it may", async () => {
  expect(await projectFolders()).toStrictEqual([]);
});
