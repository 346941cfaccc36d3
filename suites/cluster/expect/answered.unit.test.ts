import { expect, test } from "vitest";
import { failureOf } from "../../failure.ts";
import { expectAnswered, fateOf, pinged } from "./answered.ts";

const failure = (asked: Parameters<typeof expectAnswered>[0]): unknown => {
  try {
    expectAnswered(asked, "2 of 60 requests have no answer");
    return undefined;
  } catch (error) {
    // oxlint-disable-next-line no-unsafe-type-assertion -- as vitest hands it over
    return failureOf([error as Parameters<typeof failureOf>[0][number]]);
  }
};
const message: unknown = expect.stringMatching(/^2 of 60 requests have no answer/);

test("what had no answer is the guide's, and late if it was waited for", () => {
  expect(failure({ unanswered: 0, milliseconds: 9000 })).toBeUndefined();
  expect(failure({ unanswered: 2, milliseconds: 9000 })).toMatchObject({
    verdict: "guide",
    message,
    late: 9000,
  });
  expect(failure({ unanswered: 2, milliseconds: 90 })).not.toHaveProperty("late");
  // Many that are refused, one after the other, take seconds; none of them was waited for.
  expect(failure({ unanswered: 2, milliseconds: 9000, longest: 2 })).not.toHaveProperty("late");
  expect(failure({ unanswered: 2, milliseconds: 9000, longest: 2000 })).toMatchObject({ late: 9000 });
  // Nor was a refusal, though the rest was cut off by the limit, or the host took seconds to hear of it.
  expect(failure({ unanswered: 2, milliseconds: 9000, refused: 1 })).not.toHaveProperty("late");
});

test.each([
  [{ unanswered: 2 }, "have no answer"],
  [{ unanswered: 2, refused: 2 }, "are refused"],
  [{ unanswered: 2, refused: 1 }, "have no answer, 1 of them refused"],
])("requests of which %j %s", (asked, words) => {
  expect(fateOf(asked)).toBe(words);
});

const answers = (...seqs: number[]): string =>
  seqs.map((seq) => `64 bytes from 10.254.5.2: icmp_seq=${seq} ttl=62 time=0.09 ms\n`).join("");

test.for([
  ["2 packets transmitted, 2 received, 0% packet loss, time 201ms", 0, 4000],
  ["2 packets transmitted, 0 received, 100% packet loss, time 1001ms", 2, 4000],
  ["2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 201ms", 2, 0],
  ["", 2, 4000],
  [`${answers(2, 3)}3 packets transmitted, 2 received, 33% packet loss, time 401ms`, 0, 4000],
  [`${answers(3, 9)}9 packets transmitted, 2 received, 77% packet loss, time 1601ms`, 7, 4000],
  // What is on its way when enough have come is not lost.
  [`${answers(1, 2)}5 packets transmitted, 2 received, 60% packet loss, time 801ms`, 0, 4000],
] as const)("%s", ([stdout, unanswered, milliseconds]) => {
  const result = { exitCode: 1, stderr: "", durationMs: 4000, timedOut: false };
  expect(pinged({ ...result, stdout }, 2)).toEqual({ unanswered, milliseconds });
});
