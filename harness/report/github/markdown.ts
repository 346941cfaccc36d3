import { plain } from "../text.ts";

/** A text in one line, for a cell of a table; cut after `most` characters. */
export function cell(text: string, most = Number.POSITIVE_INFINITY): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  return (line.length > most ? `${line.slice(0, most)}…` : line).replaceAll("|", "\\|");
}

/** A cell of code; empty without text. */
export function code(text: string, most?: number): string {
  const line = cell(text, most);
  if (line === "") return "";
  return line.includes("`") ? `\`\` ${line} \`\`` : `\`${line}\``;
}

export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");

/** Text inside one line of Markdown: no markup, no line end. */
export const inline = (text: string): string =>
  plain(text)
    .replace(/[\\`*_{}[\]<>|#!]/gu, String.raw`\$&`)
    .replace(/\s+/gu, " ")
    .trim();
