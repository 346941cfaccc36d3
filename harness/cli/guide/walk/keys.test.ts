import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { EventEmitter } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { projectRoot } from "../../../host/paths.ts";
import { type KeyInput, Keys } from "./keys.ts";

class Typed extends EventEmitter {
  raw: boolean[] = [];
  setRawMode = (raw: boolean): void => void this.raw.push(raw);
  pause = (): this => this;
  resume = (): this => this;
  type(text: string): void {
    this.emit("data", Buffer.from(text));
  }
}

function typed() {
  const input = new Typed();
  let interrupted = 0;
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what keys ask of a terminal
  const keys = new Keys(input as unknown as KeyInput, () => {
    interrupted += 1;
  });
  return { input, keys, interrupted: () => interrupted };
}

const never = new AbortController().signal;

test("gives the next key that is pressed; what nobody waits for, and what was typed ahead, is no answer", async () => {
  const { input, keys } = typed();
  input.type("s");
  const key = keys.next(never);
  input.type("\rs");
  expect(await key).toBe("\r");
  const arrow = keys.next(never);
  input.type("\u001B[A");
  expect(await arrow).toBe("\u001B[A");
});

test("Ctrl-C interrupts whether somebody waits or not; a wait ends with the signal's reason", async () => {
  const { input, keys, interrupted } = typed();
  input.type("\u0003");
  const controller = new AbortController();
  const key = keys.next(controller.signal);
  input.type("x\u0003");
  // That was the answer of nobody.
  controller.abort(new Error("interrupted"));
  await expect(key).rejects.toThrow("interrupted");
  expect(interrupted()).toBe(2);
  await expect(keys.next(controller.signal)).rejects.toThrow("interrupted");
});

test("somebody else has the terminal meanwhile, and in the end", async () => {
  const { input, keys } = typed();
  await keys.lent(async () => {
    expect(input.raw).toEqual([true, false]);
    expect(input.listenerCount("data")).toBe(0);
  });
  keys[Symbol.dispose]();
  expect(input.raw).toEqual([true, false, true, false]);
  expect(input.listenerCount("data")).toBe(0);
});

test("in a pseudo-terminal: keys without Enter and without an echo, and Ctrl-C is a signal", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keys-test-"));
  try {
    const program = join(folder, "program.ts");
    await writeFile(
      program,
      `import { Keys } from ${JSON.stringify(join(projectRoot, "harness/cli/guide/walk/keys.ts"))};
using keys = new Keys(process.stdin);
const { signal } = new AbortController();
process.on("SIGINT", () => { console.log("interrupted"); process.exit(3); });
process.stdout.write("ready ");
for (;;) console.log(JSON.stringify(await keys.next(signal)));
`,
    );
    // script(1) gives its child a terminal and this process its other end.
    const child = execa("script", ["-qec", `${process.execPath} ${program}`, "/dev/null"], { reject: false });
    let shown = "";
    const seen = async (text: string): Promise<void> => {
      for await (const chunk of child.stdout.iterator?.({ destroyOnReturn: false }) ?? child.stdout) {
        shown += String(chunk);
        if (shown.includes(text)) return;
      }
    };
    await seen("ready ");
    child.stdin.write("s");
    await seen('"s"');
    child.stdin.write("\r");
    await seen('"\\r"');
    child.stdin.write("\u0003");
    await seen("interrupted");
    expect((await child).exitCode).toBe(3);
    expect(shown).toBe('ready "s"\r\n"\\r"\r\ninterrupted\r\n');
  } finally {
    await rm(folder, { recursive: true });
  }
});
