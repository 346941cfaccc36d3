import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Deadlines } from "./deadlines.ts";

/** A number of milliseconds or seconds that is given to what sounds like a deadline, or scheduled; not the pause between two looks. */
const literals = [
  /(?<!min|max)(?:deadline|timeout|patience|maxRetryTime)\w*\s*[:=(]\s*\d[\d_]*(?:[\d_]{2}|\s*\*)/i,
  /\b(?!every|poll|heartbeat)\w*(?:Ms|[mM]illiseconds|[sS]econds)\s*=\s*\d[\d_]{2,}/,
  /\bsetTimeout\([^;]*\b\d[\d_]{2,}\)/,
  /\bdelay\(\d/,
];

/** Not of this scan: tests, what helps them, faults that are injected, and the table itself. */
const outside = /^faults\/|(?:\.test|testing|test-server|sample|vitest\.config)\.ts$|^deadlines\.ts$/;

const found = (text: string): string[] =>
  text.split("\n").filter((line) => literals.some((literal) => literal.test(line)));

test("every figure of a deadline stands in the one table, so that --timeout-factor multiplies all of them", async () => {
  const names = (await readdir(import.meta.dirname, { recursive: true })).filter(
    (name) => name.endsWith(".ts") && !outside.test(name),
  );
  expect(names.length).toBeGreaterThan(200);
  const files = await Promise.all(
    names.map(
      async (name) => [name, found(await readFile(join(import.meta.dirname, name), "utf8"))] as const,
    ),
  );
  const own = files.filter(([, lines]) => lines.length > 0);
  expect(Object.fromEntries(own)).toEqual({});
});

test.each([
  "  const result = await connection.exec(command, { deadline: 60_000 });",
  "const startDeadline = 30_000;",
  "const connectMilliseconds = 30_000;",
  "const bootSeconds = 300;",
  "const deadlineMilliseconds = 60 * 60_000;",
  "    const socket = connect(path).setTimeout(2000);",
  "    const forced = setTimeout(() => this.#client.destroy(), 1000);",
  "  const { deadline = 10_000, keepalive = 5000 } = options;",
  "    { deadline: 30_000, late: (last) => failure(last) },",
  "  await delay(500);",
])("the scan sees %s", (line) => {
  expect(found(line)).toEqual([line]);
});

test("a factor multiplies every limit, and what has a limit of its own", () => {
  expect(new Deadlines(3).for("question")).toBe(3 * new Deadlines().for("question"));
  expect(new Deadlines(2.5).scaled(1000)).toBe(2500);
});
