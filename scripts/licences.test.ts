import { fs } from "zx";
import { expect, test } from "vitest";

test("docs/licences.md has each dependency with the licence that it states", async () => {
  const { dependencies, devDependencies } = await fs.readJson("package.json");
  const lines: string[] = (await fs.readFile("docs/licences.md", "utf8")).split("\n");
  const listed = lines.filter((line) => line.startsWith("| ") && line !== "| package | licence |");
  const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  const stated = names.map(async (name) => {
    const { license, licenses } = await fs.readJson(`node_modules/${name}/package.json`);
    return `| ${name} | ${license ?? licenses[0].type} |`;
  });
  expect(listed.toSorted()).toEqual((await Promise.all(stated)).toSorted());
});
