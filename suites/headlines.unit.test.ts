import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Node, parseSync, Visitor } from "oxc-parser";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Names of variables in a piece of code, of properties and of what is called left out. */
function variables(program: ReturnType<typeof parseSync>["program"], { start, end }: Node): Set<string> {
  const names = new Set<string>();
  new Visitor({
    Identifier(node) {
      if (node.start >= start && node.end <= end) names.add(node.name);
    },
  }).visit(program);
  return names;
}

/** Assertions whose headline would not say what was seen, each with its place. */
function mute(path: string, text: string): string[] {
  const { program } = parseSync(path, text);
  const found: string[] = [];
  const tell = ({ start }: Node, what: string): void => {
    found.push(`${path}:${text.slice(0, start).split("\n").length}: ${what}`);
  };
  new Visitor({
    ImportDeclaration(node) {
      const names = node.specifiers.map(({ local }) => local.name);
      if (node.source.value === "vitest" && names.includes("expect")) tell(node, "expect of vitest");
    },
    CallExpression(node) {
      const { callee, arguments: given } = node;
      if (callee.type === "MemberExpression" && callee.object.type === "Identifier") {
        if (callee.object.name === "expect") tell(node, "a method of expect, which has no words");
      }
      if (callee.type !== "Identifier" || callee.name !== "expect") return;
      const [seen, words] = given;
      if (!seen || !words) return tell(node, "no words");
      const shown = variables(program, words);
      if (![...variables(program, seen)].some((name) => shown.has(name))) {
        tell(node, "words that do not show what was seen");
      }
    },
  }).visit(program);
  return found;
}

const files: string[] = [];
for await (const path of glob("suites/**/*.ts", { cwd: root })) {
  if (!path.endsWith(".unit.test.ts") && path !== "suites/cluster/expect/expect.ts") files.push(path);
}

test("all suites are read", () => expect(files).toContain("suites/ping/ping.test.ts"));

test.each(files)("every assertion of %s says what was seen", async (path) => {
  expect(mute(path, await readFile(join(root, path), "utf8"))).toEqual([]);
});

test.each([
  ['import { expect } from "vitest";', "expect of vitest"],
  ["expect(found).toBe(1);", "no words"],
  ['expect(found, "one is there").toBe(1);', "words that do not show what was seen"],
  ["expect(found, `one is there on ${node}`).toBe(1);", "words that do not show what was seen"],
  ['expect.unreachable("there is one");', "a method of expect, which has no words"],
])("found: %s", (text, what) => {
  expect(mute("a.ts", text)).toEqual([`a.ts:1: ${what}`]);
});

test("what says what was seen is not found", () => {
  const text = "expect(found.length, `${found.length} are there`).toBe(1); expect(a(b), c(b)).toBe(2);";
  expect(mute("a.ts", text)).toEqual([]);
});
