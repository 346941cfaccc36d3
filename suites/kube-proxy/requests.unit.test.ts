import { expect, test } from "vitest";
import type { ExecResult } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { askFromMachine, countAnswers, expectGoesOn, inWords, noted } from "./requests.ts";

test("counts are read from uniq, and what is missing had no answer", () => {
  const text = "    200 \n    101 backend-abc-x\n     99 backend-abc-y\n    200 200 0.001\n";
  expect(countAnswers(text, 300)).toEqual({
    counts: new Map([
      ["backend-abc-x", 101],
      ["backend-abc-y", 99],
    ]),
    unanswered: 100,
    waits: [],
  });
  expect(countAnswers("", 300)).toEqual({ counts: new Map(), unanswered: 300, waits: [] });
});

test("how long was waited for what had no answer is in curl's words, or between two readings of the host's clock", () => {
  const text = "      2 000 0.002\n      1 000 2.001\n      1 000 351.25 353.75\n";
  expect(countAnswers(text, 5)).toMatchObject({ unanswered: 5, waits: [0.002, 0.002, 2.001, 2.5] });
});

const result = (stdout: string, durationMs: number, stderr = ""): ExecResult => ({
  stdout,
  stderr,
  exitCode: 0,
  durationMs,
  timedOut: false,
});

test.each([
  ["refused at once", "299 000 0.002\n1 backend-x\n", { milliseconds: 9000, longest: 2, refused: 299 }],
  ["waited for", "299 000 2.5\n1 backend-x\n", { milliseconds: 9000, longest: 2500 }],
  [
    "waited for, refused the rest",
    "298 000 0.002\n1 000 2.5\n1 backend-x\n",
    { milliseconds: 9000, longest: 2500, refused: 298 },
  ],
  ["cut off by the limit", "8 000 2.5\n1 backend-x\n", { milliseconds: 9000 }],
  ["refused until the limit", "8 000 0.002\n1 backend-x\n", { milliseconds: 9000, refused: 8 }],
])("what was %s counts as %j", (_, stdout, asked) => {
  const { counts: __, unanswered, ...waited } = noted(result(stdout, 9000), 300);
  expect(unanswered).toBe(299);
  expect(waited).toEqual(asked);
});

test.each([
  ["curl", "curl: (7) Failed connect to 10.254.255.10:80; Connection refused\n"],
  ["wget", "wget: can't connect to remote host (10.254.255.10): Connection refused\n"],
])(
  "a refusal that a busy host was seconds late to hear of is none the less one, by the words of %s",
  (_, words) => {
    const asked = noted(result("2 000 1.5\n", 15_000, words.repeat(2)), 300);
    expect(asked).toMatchObject({ unanswered: 300, refused: 2 });
    expect(inWords(asked)).toBe("unanswered 300, of them refused 2");
  },
);

test("requests have less time only where most had no answer, and only until they have", async () => {
  const ran: string[] = [];
  const answers = ["", "", "60 backend-x\n", "60 backend-x\n", "60 backend-x\n"];
  const machine = machineOf((command) => {
    ran.push(/^timeout \d+/.exec(command)?.[0] ?? "");
    return { stdout: answers.shift() ?? "" };
  });
  const [one, other] = ["10.254.255.10:80", "10.254.254.10:80"];
  for (const target of [one, one, other, one, one]) await askFromMachine(machine, target, 60);
  expect(ran).toEqual(["timeout 15", "timeout 3", "timeout 15", "timeout 3", "timeout 15"]);
});

test("a deleted pod that answers no more was waited for: on a starved host its time may be over before it is asked", () => {
  const machine = machineOf(() => undefined);
  const pod = { name: "b", app: "backend", ip: "10.254.23.2", machine, container: "c", started: 0 };
  const late = expect.objectContaining({ verdict: "guide", details: { late: 24_000 } });
  expect(() => expectGoesOn(pod, { answer: "", milliseconds: 24_000 })).toThrow(late);
  expect(() => expectGoesOn(pod, { answer: "b", milliseconds: 24_000 })).not.toThrow();
});

test("answers are told by who gave them, and how many were not", () => {
  const counts = new Map([
    ["backend-a", 3],
    ["backend-b", 2],
  ]);
  expect(inWords({ counts, unanswered: 1 })).toBe("backend-a 3, backend-b 2, unanswered 1");
  expect(inWords({ counts: new Map(), unanswered: 6 })).toBe("unanswered 6");
});
