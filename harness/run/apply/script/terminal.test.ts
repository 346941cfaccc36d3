import { expect, test } from "vitest";
import { Deadlines } from "../../../deadlines.ts";
import type { Answer } from "../../../guide/parse/answers/answers.ts";
import type { Step } from "../../../guide/types.ts";
import { context, group, planOf, step } from "../../testing.ts";
import { apply } from "../apply.ts";
import { connection, shell } from "./testing.ts";

/** A step and what its prompts are answered with. */
function asking(script: string, answers: Record<string, string> = {}, more: Partial<Step> = {}): Step {
  const tty: readonly Answer[] = Object.entries(answers).map(([prompt, reply]) => ({ prompt, reply }));
  return step("1.1/ask", "t71", { kind: "run", script, tty }, { effects: [], ...more });
}

/** Applies steps one after the other, with limits so much shorter. */
async function applied(steps: readonly Step[], factor = 1) {
  const made = context({ t71: { connection, shell } });
  const outcome = await apply({
    plan: planOf(...steps.map((one) => group(one))),
    ...made,
    context: { ...made.context, deadlines: new Deadlines(factor) },
  }).catch((error: unknown) => error);
  return { ...made, outcome, written: JSON.stringify([made.events, made.recorder.steps, outcome]) };
}

const shown = (text: string): Partial<Step> => ({
  expect: { text, location: { file: "guide.md", line: 12 } },
});

test("a block whose prompts are answered passes, and shows what a person sees", async () => {
  const script = String.raw`read -p 'Name: ' name; read -p 'Sure? ' sure; printf '\033[1m%s\033[0m\r\n' "$name $sure"`;
  const output = "Name: bob\nSure? yes\nbob {{word}}";
  const { outcome, recorder, events } = await applied([
    asking(script, { "Name:": "bob", "Sure?": "yes" }, shown(output)),
  ]);
  expect(outcome).toBeUndefined();
  expect(recorder.steps).toMatchObject([
    {
      outcome: "passed",
      command: `${script}\n# Name: => bob\n# Sure? => yes`,
      output: "Name: bob\nSure? yes\nbob yes\n",
    },
  ]);
  const printed = events.flatMap((event) => (event.type === "step-output" ? [event.text] : []));
  expect(printed.join("")).toBe("Name: bob\nSure? yes\nbob yes\n");
});

test.each<[string, string, Record<string, string>, string, string]>([
  [
    "at which nobody answers",
    "read -p 'Is this ok [y/N]: ' a",
    {},
    'waits at the prompt "Is this ok [y/N]:", and there are no answers (printed nothing for 0.6 s)',
    "Write `Is this ok [y/N]: => REPLY` in an answers block after it.",
  ],
  [
    "whose program ends the line as it is ended",
    `bash -c "trap 'echo; exit 1' HUP INT TERM; read -sp 'Passphrase: ' a; echo; read -sp 'Once more: ' b"`,
    { "Passphrase:": "" },
    'waits at the prompt "Once more:", and no answer is left (printed nothing for 0.6 s)',
    "Write `Once more: => REPLY` at the end of the block's answers.",
  ],
  [
    "that comes before another one's",
    "read -p 'Name: ' a; read -p 'Sure? ' b",
    { "Sure?": "yes", "Name:": "bob" },
    'waits at the prompt "Name:", and the next answer is for "Sure?" (printed nothing for 0.6 s)',
    "Write `Name: => REPLY` at its place in the block's answers.",
  ],
  [
    "that never comes",
    "echo working; sleep 300",
    { "Name:": "bob" },
    'waits without the prompt "Name:" (printed nothing for 3 s)',
    'The last line was "working".',
  ],
  [
    "that has not come at the end",
    "read -p 'Name: ' a; echo done",
    { "Name:": "bob", "Sure?": "yes" },
    'ended without the prompt "Sure?"',
    'The last line was "done".',
  ],
])(
  "a prompt %s is the guide's failure, which says what to write",
  async (_, script, answers, message, hint) => {
    const { outcome, recorder } = await applied([asking(script, answers)], 1 / 100);
    expect(outcome).toMatchObject({
      verdict: "guide",
      message: `1.1/ask@t71: ${message}`,
      details: { step: "1.1/ask@t71", location: { line: 7 }, hint: expect.stringContaining(hint) },
    });
    expect(recorder.steps).toMatchObject([{ outcome: "failed" }]);
    expect((await shell.run("echo on")).stdout).toBe("on\n");
  },
);

test("what was printed at the end, the prompt that nobody answered, is in the report", async () => {
  const { outcome, recorder } = await applied([asking("echo one; read -p 'Sure? ' a")], 1 / 100);
  expect(outcome).toMatchObject({ details: { outputTail: "one\nSure?", late: expect.any(Number) } });
  expect(recorder.steps[0]?.output).toBe("one\nSure? ");
});

const fetching = (script: string): Step =>
  asking(
    script,
    { "Is this ok [y/d/N]:": "y" },
    { parts: [{ script, fetchers: ["yum"], alone: true, quiet: false }] },
  );

test("a download that stands still asks nothing: the network is to blame, unless a prompt is there", async () => {
  const still = await applied([fetching("printf 'a.rpm 35%% [===   ] --:--:-- ETA'; sleep 300")], 1 / 100);
  expect(still.outcome).toMatchObject({ verdict: "infrastructure" });
  const asked = await applied([fetching("read -p 'Is this ok [y/N]: ' a")], 1 / 100);
  expect(asked.outcome).toMatchObject({
    verdict: "guide",
    message: expect.stringContaining("Is this ok [y/N]:"),
  });
});

test("a command that fails is told as ever", async () => {
  const { outcome } = await applied([
    asking("read -p 'Name: ' a; echo Job failed >&2; exit 3", { "Name:": "bob" }),
  ]);
  expect(outcome).toMatchObject({
    verdict: "guide",
    message: "1.1/ask@t71: ended with exit code 3: Job failed",
    details: { exitCode: 3, outputTail: "Name: bob\nJob failed" },
  });
});

test("a secret is answered from the steps' shell, and is nowhere to be read, whether it is echoed or not", async () => {
  await shell.run("TOKEN=hunter2-$((6 * 7))-long");
  const script = `read -s -p 'Password: ' a; echo
read -p 'PIN: ' b
read -p 'Token: ' c
test "$a" = hunter2-42-long && test "$b" = 4711 && test "$c" = hunter2-42-long && printf 'passed %s\\n' "$c"`;
  const answers = { "Password:": "$TOKEN", "PIN:": "4711", "Token:": "${TOKEN}" };
  const { outcome, recorder, written } = await applied([asking(script, answers)]);
  expect(outcome).toBeUndefined();
  expect(recorder.steps[0]?.output).toBe(
    "Password: \nPIN: [redacted]\nToken: [redacted]\npassed [redacted]\n",
  );
  expect(written.replaceAll(script.split("\n").at(-1) ?? "", "")).not.toMatch(/hunter2-42-long"|4711\\n/);
  expect(recorder.steps[0]?.command).toContain("# Password: => $TOKEN\n# PIN: => [redacted]");
});

test("an answer that no step has set is told before anything is typed", async () => {
  const { outcome, recorder } = await applied([
    asking("touch made; read -p 'Name: ' a", { "Name:": "$NOBODY" }),
  ]);
  expect(outcome).toMatchObject({
    verdict: "guide",
    message: '1.1/ask@t71: nothing has set $NOBODY, which answers "Name:"',
  });
  expect(recorder.steps[0]?.output).toBe("");
  expect((await shell.run("ls")).stdout).not.toContain("made");
});

test("the next step goes on where the terminal was left, and a step that waits is repeated with its answers", async () => {
  const last: Step = step(
    "1.1/next",
    "t71",
    { kind: "run", script: 'echo "$PWD $name"' },
    shown("/usr/lib bob"),
  );
  const repeated = asking(
    "cd /usr/lib; read -p 'Name: ' name; n=$((${n:-0} + 1)); echo \"try $n\"",
    { "Name:": "bob" },
    { expect: { text: "Name: bob\ntry 2", location: { file: "guide.md", line: 12 }, within: 20_000 } },
  );
  expect((await applied([repeated, last])).outcome).toBeUndefined();
});
