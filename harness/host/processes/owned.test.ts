import { execa } from "execa";
import { expect, test } from "vitest";
import { owned } from "./owned.ts";
import { identify } from "./identity.ts";

/** A process that starts a command and says its number. */
async function parentOf(...command: readonly string[]) {
  const script = `
    const { spawn } = require("node:child_process");
    const [file, ...args] = ${JSON.stringify(command)};
    const child = spawn(file, args.map((arg) => arg === "PARENT" ? String(process.pid) : arg), { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", () => console.log(child.pid));
    setInterval(() => undefined, 2 ** 30);`;
  const parent = execa(process.execPath, ["--eval", script], { reject: false });
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once("data", (text) => resolve(Number(text))),
  );
  return { parent, pid };
}

/** As `owned` makes it, for a parent that is not this process. */
const ownedByParent = (signal: "TERM" | "KILL", command: readonly string[]): string[] =>
  owned(signal, command).flatMap((part) =>
    typeof part === "string" ? [part] : part.map((arg) => (arg === String(process.pid) ? "PARENT" : arg)),
  );

test.each(["TERM", "KILL"] as const)(
  "a parent that is killed takes its child along, by SIG%s",
  async (name) => {
    const { parent, pid } = await parentOf(...ownedByParent(name, ["sh", "-c", "echo; exec sleep 60"]));
    expect(await identify(pid)).toBeDefined();
    parent.kill("SIGKILL");
    await parent;
    await expect.poll(() => identify(pid), { timeout: 120_000 }).toBeUndefined();
  },
);

test("a run is told, and has the time to put things right", async () => {
  const undo = 'trap "echo undone >&2; exit" TERM; echo; while :; do sleep 0.05; done';
  const { parent } = await parentOf(...ownedByParent("TERM", ["sh", "-c", undo]));
  parent.kill("SIGKILL");
  // Its standard error is open for as long as the child has it.
  expect((await parent).stderr).toContain("undone");
});

test("the command is the very process that was started, with its arguments as they are", async () => {
  const child = execa(...owned("KILL", ["sh", "-c", 'echo $$ "$@"', "sh", "a b", "$c"]));
  expect((await child).stdout).toBe(`${child.pid} a b $c`);
});

test("a command whose parent was gone before it began does not begin", async () => {
  const [file, args] = owned("KILL", ["echo", "begun"]);
  const orphan = args.map((arg) => (arg === String(process.pid) ? "1" : arg));
  expect(await execa(file, orphan, { reject: false })).toMatchObject({ exitCode: 1, stdout: "" });
});
