import { expect, test } from "vitest";
import { profile } from "../profile/testing.ts";
import { readGuide } from "./parse/parse.ts";

test.each(["*a_", "*a ", "_a_ ", "**a* ", "~a_*b"])(
  "a paragraph of %j is read in time, however long",
  (piece) => {
    const text = `# T\n\n## 1 *A*\n\n${piece.repeat(20_000)}\n`;
    const { user } = process.cpuUsage();
    readGuide(text, "guide.md", profile);
    expect((process.cpuUsage().user - user) / 1000).toBeLessThan(2000);
  },
);
