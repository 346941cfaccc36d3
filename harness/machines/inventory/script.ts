import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Connection } from "../ssh/connection.ts";
import { shellQuote } from "../ssh/quote.ts";
import { sh } from "../ssh/sh.ts";
import { succeed, type SucceedOptions } from "../ssh/succeed.ts";

/** The variables that each script takes. One that is not set is empty, and an empty pattern matches anything. */
type Lists = {
  facts: "peers" | "address" | "programs" | "units" | "folders";
  state: "unwalked" | "places" | "units" | "folders";
  reset:
    | "stop"
    | "remove"
    | "packages"
    | "links"
    | "folders"
    | "containers"
    | "spared"
    | "images"
    | "volumes"
    | "networks"
    | "keeps_docker";
  settle: "enable" | "disable" | "start" | "halt" | "enforce";
};

/** Runs a file of `scripts/` on a host, with lists of words as its variables; otherwise as `succeed`. */
export async function runScript<Name extends keyof Lists>(
  connection: Connection,
  name: Name,
  lists: Readonly<Record<Lists[Name], readonly string[]>>,
  failed: string,
  options: SucceedOptions,
): Promise<string> {
  const head = Object.entries<readonly string[]>(lists).map(
    ([list, words]) => `${list}=${shellQuote(words.join(" "))}\n`,
  );
  const text = await readFile(join(import.meta.dirname, "scripts", `${name}.sh`), "utf8");
  return succeed(connection, sh`sh -s`, failed, { ...options, stdin: head.join("") + text });
}
