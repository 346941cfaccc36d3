import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../host/paths.ts";

/** One cell of a table of docs/fault-injection.md: what is hit, by what, and the verdict that it must give. */
export type Case = { readonly row: string; readonly column: string; readonly verdict: string };

/** The cells of the table below a heading, those without a text left out. */
export function casesOf(heading: string): Case[] {
  const text = readFileSync(join(projectRoot, "docs/fault-injection.md"), "utf8");
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const [head = [], , ...rows] = section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.flatMap(([row = "", ...cells]) =>
    cells.flatMap((verdict, index) =>
      verdict === "" ? [] : [{ row, column: head[index + 1] ?? "", verdict }],
    ),
  );
}
