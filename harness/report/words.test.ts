import { expect, test } from "vitest";
import { trialText } from "./words.ts";

const score = {
  provider: "nspawn",
  artifactSet: "guide",
  killed: 60,
  of: 61,
  startedAt: "2026-11-24T20:00:00.000Z",
  seconds: 800,
};

test.each([
  ["abc1234", "abc1234", "60 of 61 mutants killed, 2026-11-24, commit abc1234"],
  ["abc1234", "def5678", "60 of 61 mutants killed, 2026-11-24, commit abc1234, not the one of this run"],
  ["abc1234+", "abc1234+", "60 of 61 mutants killed, 2026-11-24, commit abc1234+, not the one of this run"],
  [undefined, "def5678", "60 of 61 mutants killed, 2026-11-24, commit unknown, not the one of this run"],
])("a round of commit %s in a report of %s", (tried, commit, text) => {
  expect(trialText({ commit }, { ...score, ...(tried !== undefined && { commit: tried }) })).toBe(text);
});
