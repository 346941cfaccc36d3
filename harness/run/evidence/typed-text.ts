import { oddCharacters, visible } from "../../input/odd-characters.ts";
import { processRedactor } from "../../secrets/redact.ts";

/** The guide's text as printed: redacted, odd characters by number; those within a secret are told behind the line. */
export function typedText(text: string): string {
  const lines = text.split("\n");
  const told = processRedactor.text(text).split("\n");
  return told
    .map((line, index) => {
      const seen = new Set([...oddCharacters(line)].map(({ name }) => name));
      const hidden = [...oddCharacters(lines[index] ?? "")]
        .map(({ name }) => name)
        .filter((name) => !seen.has(name));
      return `${visible(line)}${hidden.length > 0 ? ` (a secret with ${[...new Set(hidden)].join(", ")})` : ""}`;
    })
    .join("\n");
}
