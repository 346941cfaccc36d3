import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseSync } from "oxc-parser";
import { projectRoot } from "./host/paths.ts";

/** What a folder may import: its name, as in docs/architecture.md; "all" is every folder. */
export type Layer = { readonly imports: readonly string[]; readonly types: readonly string[] };

/** An import between files of the project; paths are relative to the project. */
export type Import = {
  readonly from: string;
  readonly to: string;
  readonly line: number;
  readonly type: boolean;
};

/** Files that do not belong to the product: they may import what they like. */
const isTest = (path: string): boolean =>
  /\.test\.ts$|\/(?:testing|sample|test-server|vitest\.config)\.ts$/.test(path);

/** The row that a file belongs to: its own, or that of its folder: `harness/run`, `suites`, `harness` for a file of it. */
export function layerOf(path: string, layers: ReadonlyMap<string, Layer>): string {
  if (layers.has(path)) return path;
  const [top = "", folder = "", ...rest] = path.split("/");
  return top === "harness" && rest.length > 0 ? `${top}/${folder}` : top;
}

const namesIn = (cell = ""): string[] =>
  [...cell.matchAll(/`([^`]+)`|\ball\b/g)].map(([all, name]) => name ?? all);

/** The table of docs/architecture.md: | `folder` | what it is | imports | types only |. */
export function layersIn(markdown: string): ReadonlyMap<string, Layer> {
  const rows = markdown.matchAll(/^\| `([^`]+)` \|[^|]*\|([^|]*)\|([^|]*)\|$/gm);
  return new Map(
    [...rows].map(([, folder = "", imports, types]) => [
      folder,
      { imports: namesIn(imports), types: namesIn(types) },
    ]),
  );
}

/** Imports of `text`, the file `path`, that lead to other files of the project. */
export function importsIn(path: string, text: string): Import[] {
  const { module } = parseSync(path, text);
  const lineAt = (offset: number): number => text.slice(0, offset).split("\n").length;
  const target = (specifier: string): string =>
    relative(projectRoot, fileURLToPath(new URL(specifier, pathToFileURL(join(projectRoot, path)))));
  const found = (specifier: string, start: number, type: boolean): Import[] =>
    specifier.startsWith(".") ? [{ from: path, to: target(specifier), line: lineAt(start), type }] : [];
  return [
    ...module.staticImports.flatMap(({ moduleRequest, start, entries }) =>
      found(moduleRequest.value, start, entries.length > 0 && entries.every(({ isType }) => isType)),
    ),
    ...module.staticExports.flatMap(({ start, entries }) =>
      [...new Set(entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []))].flatMap((specifier) =>
        found(
          specifier,
          start,
          entries.every(({ isType }) => isType),
        ),
      ),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest, start }) =>
      found(text.slice(moduleRequest.start, moduleRequest.end).replaceAll(/^["']|["']$/g, ""), start, false),
    ),
  ];
}

/** What the table does not allow, a line each. A folder without a row may not import anything. */
export function forbidden(imports: readonly Import[], layers: ReadonlyMap<string, Layer>): string[] {
  return imports.flatMap(({ from, to, line, type }) => {
    const [own, other] = [layerOf(from, layers), layerOf(to, layers)];
    const layer = layers.get(own);
    const allowed = new Set([...(layer?.imports ?? []), ...(type ? (layer?.types ?? []) : [])]);
    if (own === other || isTest(from) || allowed.has(other) || allowed.has("all")) return [];
    return [`${from}:${line}: ${own} must not import ${other} (docs/architecture.md): ${to}`];
  });
}

/** What is found in each of the project's files of some names. */
async function inFiles<T>(
  names: string | readonly string[],
  find: (path: string, text: string) => readonly T[],
): Promise<T[]> {
  const found: T[] = [];
  for await (const path of glob(names, { cwd: projectRoot }))
    found.push(...find(path, await readFile(join(projectRoot, path), "utf8")));
  return found;
}

/** Every import of the project's code. */
export const projectImports = (): Promise<Import[]> => inFiles("{harness,scripts,suites}/**/*.ts", importsIn);

/** Facts of the project's own guide, which belong in its profile. */
const guideFact = /\/k8s(?:\/|(?![\w.(-]))|\bt7[126]\b|token\.csv|\b10\.254\b|\b192\.168\.4\b/;

/** Lines that know the project's own guide; tests of the harness may, the suites that prove a guide may not. */
export function guideFactsIn(path: string, text: string): string[] {
  const isFree = path.startsWith("suites/")
    ? path.endsWith(".unit.test.ts")
    : isTest(path) || path.startsWith("harness/faults/");
  if (isFree) return [];
  return text.split("\n").flatMap((line, index) => {
    const [found] = guideFact.exec(line) ?? [];
    return found === undefined ? [] : [`${path}:${index + 1}: "${found}" is for the guide's profile`];
  });
}

/** The same of all code. */
export const guideFacts = (): Promise<string[]> => inFiles("{harness,suites}/**/*.{ts,sh,py}", guideFactsIn);

/** Paths that a document names and the project does not have, a line each; a name in capitals stands for any. */
export function lostPathsIn(path: string, text: string): string[] {
  const named = text.matchAll(/(?<![\w./~-])(?:harness|scripts|suites|fixtures)\/[\w./-]*[\w/]/g);
  return [...named].flatMap(({ 0: name, index }) => {
    if (/\/[A-Z]+(?:\.\w+)?$/.test(name) || existsSync(join(projectRoot, name))) return [];
    return [`${path}:${text.slice(0, index).split("\n").length}: there is no ${name}`];
  });
}

/** The same of all documents of the project. */
export const lostPaths = (): Promise<string[]> =>
  inFiles(["{README,CONTRIBUTING}.md", "docs/**/*.md"], lostPathsIn);

/** The most files, tests and all, that stand in a folder beside its subfolders. */
const mostFiles = 15;

/** Folders of more files than they may have, a line each. */
export const crowdedFolders = (paths: readonly string[]): string[] =>
  [...Map.groupBy(paths, dirname)].flatMap(([folder, { length }]) =>
    length > mostFiles ? [`${folder}: ${length} files, at most ${mostFiles} are allowed`] : [],
  );

/** The same of all code. */
export async function projectFolders(): Promise<string[]> {
  const paths: string[] = [];
  const entries = glob("{harness,scripts,suites}/**/*", { cwd: projectRoot, withFileTypes: true });
  for await (const entry of entries)
    if (entry.isFile()) paths.push(relative(projectRoot, join(entry.parentPath, entry.name)));
  return crowdedFolders(paths);
}

if (import.meta.main) {
  const layers = layersIn(await readFile(join(projectRoot, "docs/architecture.md"), "utf8"));
  const found = [
    ...forbidden(await projectImports(), layers),
    ...(await guideFacts()),
    ...(await lostPaths()),
    ...(await projectFolders()),
  ];
  for (const line of found) process.stdout.write(`${line}\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
