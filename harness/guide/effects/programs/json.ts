import type { Entry } from "../host.ts";

/** The text that steps have written into a file. */
export const textOfEntry = (entry: Entry | undefined): string =>
  entry?.parts.map(({ text }) => text).join("\n") ?? "";

/** A JSON text as a value; undefined if it is none, which another rule reports. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** What is at a path of keys in a value that nobody has checked. */
export const dig = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);
