import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { InfrastructureError, type SourceLocation } from "../errors.ts";
import { errnoOf } from "./errno.ts";

/** A place in a file of ours that cannot be used, and why. */
export type Damage = SourceLocation & { readonly reason: string };

/** What a JSON text is: a value, or damaged. */
type Parsed<T> =
  | { readonly value: T; readonly damage?: never }
  | { readonly value?: never; readonly damage: Damage };

/** What a file of JSON holds; neither value nor damage if there is no such file. */
export type Read<T> = Parsed<T> | { readonly value?: never; readonly damage?: never };

/** What a file with one JSON document a line holds. */
export type Lines<T> = { readonly items: readonly T[]; readonly damaged: readonly Damage[] };

/** Something else lies in the file's place, or the disk does not give it back; what else fails is no damage. */
const unusable: ReadonlySet<string> = new Set([
  "EISDIR",
  "ENOTDIR",
  "ELOOP",
  "EIO",
  "EACCES",
  "EPERM",
  "EUCLEAN",
]);

/** The value of a JSON text; undefined, which fits no schema, if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a file of JSON. Never throws for what is in it, or for what lies in its place. */
export async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<Read<T>> {
  const { text, damage } = await readText(file);
  if (text === undefined) return damage ? { damage } : {};
  return parseAs(text, { file, line: 1 }, schema);
}

/**
 * Reads a file with one JSON document a line; undefined if there is none. A last line without its end was never finished
 * and says nothing; every other line that does not fit is damage, and the rest counts.
 */
export async function readJsonLines<T>(file: string, schema: z.ZodType<T>): Promise<Lines<T> | undefined> {
  const { text, damage } = await readText(file);
  if (text !== undefined) return parseLines(text, file, schema);
  return damage && { items: [], damaged: [damage] };
}

export function parseLines<T>(text: string, file: string, schema: z.ZodType<T>): Lines<T> {
  const all = text
    .split("\n")
    .slice(0, -1)
    .map((line, index) => parseAs(line, { file, line: index + 1 }, schema));
  return {
    items: all.flatMap(({ value }) => (value === undefined ? [] : [value])),
    damaged: all.flatMap(({ damage }) => damage ?? []),
  };
}

export function parseAs<T>(text: string, location: SourceLocation, schema: z.ZodType<T>): Parsed<T> {
  const { data, error } = schema.safeParse(parseJson(text));
  if (error === undefined) return { value: data };
  const fault = error.issues[0];
  const reason =
    parseJson(text) === undefined
      ? text.trim() === ""
        ? "it is empty"
        : "it is not JSON"
      : `${fault?.path.join(".") || "it"}: ${fault?.message ?? "of another form"}`;
  return { damage: { ...location, reason } };
}

async function readText(file: string): Promise<{ readonly text?: string; readonly damage?: Damage }> {
  const damagedAs = (reason: string): { damage: Damage } => ({ damage: { file, line: 1, reason } });
  try {
    const found = await stat(file);
    // To open a pipe is to wait for who writes to it, and no signal ends that.
    if (!found.isFile() && !found.isDirectory()) return damagedAs("it is no file");
    return { text: await readFile(file, "utf8") };
  } catch (error) {
    const code = errnoOf(error) ?? "";
    if (code === "ENOENT") return {};
    if (!unusable.has(code)) throw error;
    return damagedAs(code === "EISDIR" ? "it is a folder" : `it cannot be read (${code})`);
  }
}

/** Damage as the error of who cannot do without. */
export const damagedError = (
  { file, line, reason }: Damage,
  { message, hint }: { readonly message: string; readonly hint: string },
): InfrastructureError =>
  new InfrastructureError(`${message}: ${reason}`, { location: { file, line }, hint });

/** Moves what is damaged out of the way: to `beside`, or its own place, with `.damaged-N` behind it. Gives the new path. */
export async function setAside(path: string, beside = path): Promise<string> {
  for (let number = 1; ; number += 1) {
    const aside = `${beside}.damaged-${number}`;
    // Never over an earlier one.
    if (existsSync(aside)) continue;
    await rename(path, aside);
    return aside;
  }
}

/**
 * Writes a file as a whole: after a crash there is the old text or the new one, never a part; and after a power cut, unless
 * `flush` is false. Makes its folder.
 */
export async function replaceFile(
  file: string,
  text: string,
  { mode = 0o644, flush = true }: { readonly mode?: number; readonly flush?: boolean } = {},
): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true });
  // Of its own name, for others may write the same file at the same time.
  const draft = join(folder, `.${basename(file)}.${randomUUID()}.new`);
  try {
    await writeFile(draft, text, { mode, flush, flag: "wx" });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  if (!flush) return;
  await using handle = await open(folder, "r");
  await handle.sync();
}

/** Gives a file a time of change that is later than that of all `others`, even if the host's clock was set back. */
export async function touchAsNewest(file: string, others: readonly string[]): Promise<void> {
  const times = await Promise.all(
    others.map(async (other) => (await stat(other).catch(() => undefined))?.mtimeMs ?? 0),
  );
  const time = new Date(Math.max(Date.now(), ...times.map((ms) => Math.ceil(ms) + 1)));
  await utimes(file, time, time);
}
