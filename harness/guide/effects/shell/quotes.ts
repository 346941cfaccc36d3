import type { Word } from "unbash";

/**
 * A variable in single quotes in an option's value, which the shell leaves as it is, though the variable is set; undefined if
 * there is none. Templates have variables of their own.
 */
export function keptByQuotes(
  { parts = [], text }: Word,
  variables: ReadonlyMap<string, string>,
): { readonly name: string; readonly at: number } | undefined {
  if (!/^--[\w-]+=/.test(text)) return undefined;
  for (const part of parts) {
    if (part.type !== "SingleQuoted" || part.value.includes("{{")) continue;
    for (const { 0: whole, 1: braced, 2: bare, index } of part.value.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)) {
      const name = braced ?? bare ?? whole;
      if (variables.has(name)) return { name, at: part.pos + 1 + index };
    }
  }
  return undefined;
}
