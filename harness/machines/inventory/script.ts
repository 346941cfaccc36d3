import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Connection } from "../ssh/connection.ts";
import { shellQuote } from "../ssh/quote.ts";
import { sh } from "../ssh/sh.ts";
import { succeed, type SucceedOptions } from "../ssh/succeed.ts";

/** Runs a file of `scripts/` on a host, with lists of words as its variables; otherwise as `succeed`. */
export async function runScript(
  connection: Connection,
  name: "facts" | "reset" | "settle" | "state",
  lists: Readonly<Record<string, readonly string[]>>,
  failed: string,
  options: SucceedOptions,
): Promise<string> {
  const head = Object.entries(lists).map(([list, words]) => `${list}=${shellQuote(words.join(" "))}\n`);
  const text = await readFile(join(import.meta.dirname, "scripts", `${name}.sh`), "utf8");
  return succeed(connection, sh`sh -s`, failed, { ...options, stdin: head.join("") + text });
}
