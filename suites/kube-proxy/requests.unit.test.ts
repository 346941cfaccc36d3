import { expect, test } from "vitest";
import { countAnswers } from "./requests.ts";

test("counts are read from uniq, and what is missing had no answer", () => {
  const text = "      1 \n    101 backend-abc-x\n     99 backend-abc-y\n";
  expect(countAnswers(text, 300)).toEqual({
    counts: new Map([
      ["backend-abc-x", 101],
      ["backend-abc-y", 99],
    ]),
    unanswered: 100,
  });
  expect(countAnswers("", 300)).toEqual({ counts: new Map(), unanswered: 300 });
});
