import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { currentSetName, providerNames, setNames, setNameSchema } from "./choices.ts";
import { projectRoot } from "./host/paths.ts";

test.each([
  ["artifacts", setNames],
  ["provider", providerNames],
])("README.md has a row for each that --%s takes", async (option, names) => {
  const text = await readFile(join(projectRoot, "README.md"), "utf8");
  const [, table = ""] =
    new RegExp(`^\\| \`--${option}\` .*\\n\\|---.*\\n((?:\\|.*\\n)+)`, "m").exec(text) ?? [];
  expect(Array.from(table.matchAll(/^\| `([\w-]+)` /gm), ([, name]) => name)).toEqual(names);
});

test("the old name of the set upstream is read as the new one, and every other name as it is", () => {
  expect(setNameSchema.parse("guide")).toBe("upstream");
  for (const name of [...setNames, "none-such", "toString"]) expect(currentSetName(name)).toBe(name);
});
