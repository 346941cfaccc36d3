import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { expect, test } from "vitest";
import { projectRoot } from "../../../host/paths.ts";
import { Redactor } from "../../../secrets/redact.ts";

/** The texts that a file of code has between quotes; `…` stands for what is put into them. */
function textsIn(path: string, code: string): string[] {
  const texts: string[] = [];
  new Visitor({
    Literal({ value }) {
      if (typeof value === "string") texts.push(value);
    },
    TemplateLiteral({ quasis }) {
      texts.push(quasis.map(({ value }) => value.cooked ?? value.raw).join("…"));
    },
  }).visit(parseSync(path, code).program);
  return texts;
}

test("no text of a rule, message or hint, is changed where secrets are taken out", async () => {
  const files = await Array.fromAsync(
    glob("harness/guide/{check,effects,parse,plan,edit}/**/*.ts", { cwd: projectRoot }),
  );
  const texts = await Promise.all(
    files
      .filter((path) => !path.endsWith(".test.ts"))
      .map(async (path) => textsIn(path, await readFile(join(projectRoot, path), "utf8"))),
  );
  const all = texts.flat().filter((text) => text.includes(" "));
  expect(all.length).toBeGreaterThan(500);
  expect(all.filter((text) => new Redactor().text(text) !== text)).toEqual([]);
});
