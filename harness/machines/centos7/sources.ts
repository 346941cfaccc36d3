import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CallExpression, type Expression, parseSync, Visitor } from "oxc-parser";
import { isScalar, LineCounter, parseDocument, visit } from "yaml";
import { projectRoot } from "../../host/paths.ts";

export type Source = { readonly location: string; readonly script: string };

/** Scripts of whole files, on machines as they are. */
const scriptFiles = [
  "harness/machines/inventory/scripts/*.sh",
  "harness/machines/nspawn/rootfs/files/usr/local/{bin,lib/guide}/*",
  "harness/machines/ssh/programs/*",
];

/** Faults, remedies and probes. */
const fixtureFiles = "fixtures/*/{errata,mistakes,mutants}/*.yaml";

const codeFiles = ["{harness,suites,scripts}/**/*.ts"];

const isProduct = (path: string): boolean =>
  !/(?:^harness\/(?:host\/packages\/|guide\/|faults\/|report\/|artifacts\/)|(?:testing|sample)\.ts$|\.test\.ts$)/.test(
    path,
  ) ||
  (path.startsWith("suites/") && !path.endsWith(".unit.test.ts"));

async function filesOf(pattern: string | readonly string[]): Promise<string[]> {
  return (await Array.fromAsync(glob(pattern, { cwd: projectRoot }))).toSorted();
}

const textOf = (path: string): Promise<string> => readFile(join(projectRoot, path), "utf8");

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

/** What stands for a value that is not known before: one word, of which nothing is known. */
const placeholder = "$VALUE";

export async function machineScripts(): Promise<Source[]> {
  const [whole, fixtures, code] = await Promise.all([
    filesOf(scriptFiles),
    filesOf(fixtureFiles),
    filesOf(codeFiles),
  ]);
  const found = await Promise.all([
    ...whole.map(async (path) => [{ location: `${path}:1`, script: await textOf(path) }]),
    ...fixtures.map(async (path) => scriptsInFixture(path, await textOf(path))),
    ...code.filter(isProduct).map(async (path) => taggedScripts(path, await textOf(path))),
  ]);
  return found.flat();
}

/** Places where text that no tag marks is given to a machine. */
export async function untaggedScripts(): Promise<string[]> {
  const found = (await filesOf(codeFiles))
    .filter(isProduct)
    .map(async (path) => untaggedIn(path, await textOf(path)));
  return (await Promise.all(found)).flat();
}

/** Values of `run`, `script` and `undo` in a YAML text. */
export function scriptsInFixture(path: string, text: string): Source[] {
  const lines = new LineCounter();
  const found: Source[] = [];
  visit(parseDocument(text, { lineCounter: lines }), {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isScalar(value) || typeof value.value !== "string") return;
      if (!/^(?:run|script|undo)$/.test(String(key.value))) return;
      found.push({ location: `${path}:${lines.linePos(value.range?.[0] ?? 0).line}`, script: value.value });
    },
  });
  return found;
}

export function taggedScripts(path: string, text: string): Source[] {
  const found: Source[] = [];
  new Visitor({
    TaggedTemplateExpression({ tag, quasi, start }) {
      if (tag.type !== "Identifier" || tag.name !== "sh") return;
      const script = quasi.quasis.map(({ value }) => value.raw).join(placeholder);
      found.push({ location: `${path}:${lineAt(text, start)}`, script });
    },
  }).visit(parseSync(path, text).program);
  return found;
}

const calls = /^(?:ask|asked|exec|linesOf|must|run|start|succeed)$/;

/** The same in one file: literals in calls, and the constants and functions of the file that such calls name. */
export function untaggedIn(path: string, text: string): string[] {
  const { program } = parseSync(path, text);
  const named = new Map<string, Expression>();
  new Visitor({
    VariableDeclarator({ id, init }) {
      if (id.type !== "Identifier" || !init) return;
      const value = init.type === "ArrowFunctionExpression" ? init.body : init;
      if (value.type !== "BlockStatement") named.set(id.name, value);
    },
  }).visit(program);
  const isUntagged = (value: Expression): boolean => {
    const name = value.type === "CallExpression" ? value.callee : value;
    if (name.type === "Identifier") {
      const meant = named.get(name.name);
      const given = value.type === "CallExpression" ? value.arguments : [];
      return [...(meant ? [meant] : []), ...given].some((one) => one.type !== "SpreadElement" && isText(one));
    }
    const called = value.type === "TemplateLiteral" ? value.expressions : [];
    return isText(value) || called.some((part) => part.type === "CallExpression" && isUntagged(part));
  };
  const found: string[] = [];
  new Visitor({
    CallExpression(node) {
      const given = calls.test(calledName(node)) ? node.arguments.slice(0, 2) : [];
      if (given.some((value) => value.type !== "SpreadElement" && isUntagged(value)))
        found.push(`${path}:${lineAt(text, node.start)}`);
    },
  }).visit(program);
  return found;
}

/** More than a word: what is given beside scripts are names of machines, and arguments of kubectl. */
function isText(value: Expression): boolean {
  if (value.type === "Literal") return typeof value.value === "string" && /\s/.test(value.value);
  return value.type === "TemplateLiteral" && value.quasis.some((part) => /\s/.test(part.value.raw));
}

/** The name of the function or method that is called; none of kubectl's, which are given arguments. */
function calledName({ callee }: CallExpression): string {
  if (callee.type === "Identifier") return callee.name;
  if (callee.type !== "MemberExpression" || callee.computed) return "";
  const { object, property } = callee;
  const owner = object.type === "MemberExpression" && !object.computed ? object.property : object;
  return "name" in owner && owner.name === "kubectl" ? "" : property.name;
}
