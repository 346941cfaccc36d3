import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RunRecord } from "../../record/record.ts";
import { sampleRecord } from "../../report/sample.ts";
import { recordOf, runProgram } from "./children.ts";
import { temporaryFolder } from "../../testing.ts";

describe("a child that has machines to remove", () => {
  let folder: string;
  let script: string;
  const there = (name: string): boolean => existsSync(join(folder, name));
  beforeEach(async () => {
    folder = temporaryFolder();
    script = join(folder, "run.ts");
    await writeFile(
      script,
      `import { writeFileSync } from "node:fs";
       const alive = setInterval(() => undefined, 1000);
       process.on("SIGTERM", () => setImmediate(() => {
         writeFileSync(${JSON.stringify(join(folder, "removed"))}, "");
         clearInterval(alive);
       }));
       writeFileSync(${JSON.stringify(join(folder, "ready"))}, String(process.pid));`,
    );
  });
  afterEach(async () => {
    // A test that failed must not leave its child.
    if (there("ready") && !there("removed")) {
      process.kill(Number(await readFile(join(folder, "ready"), "utf8")), "SIGKILL");
    }
  });
  const ready = () => expect.poll(() => there("ready"), { timeout: 120_000 }).toBe(true);

  test("is told to end by the signal, and its end is waited for", async () => {
    const round = new AbortController();
    const reason = new Error("interrupted");
    const run = recordOf([script], [], round.signal);
    await ready();
    round.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(there("removed")).toBe(true);
  });

  test("is told to end by the kernel, too, when the round is killed", async () => {
    const round = execa(
      process.execPath,
      [
        "--input-type=module-typescript",
        "--eval",
        `import { recordOf } from ${JSON.stringify(join(import.meta.dirname, "children.ts"))};
         await recordOf([${JSON.stringify(script)}], [], new AbortController().signal);`,
      ],
      { reject: false },
    );
    await ready();
    round.kill("SIGKILL");
    await round;
    await expect.poll(() => there("removed"), { timeout: 120_000 }).toBe(true);
  });

  test("does not begin once the signal is raised", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(recordOf([script], [], signal)).rejects.toThrow("enough");
    expect(there("ready")).toBe(false);
  });
});

test("a child that prints no record is a defect, with what it printed", async () => {
  const script = join(temporaryFolder(), "half.ts");
  await writeFile(script, 'console.log("half a rec"); process.exitCode = 3;');
  await expect(recordOf([script], [], new AbortController().signal)).rejects.toMatchObject({
    verdict: "harness",
    details: { exitCode: 3, outputTail: "half a rec" },
  });
});

test.each<[RunRecord["verdict"], number, RunRecord["verdict"]]>([
  ["passed", 0, "passed"],
  ["guide", 1, "guide"],
  ["passed", 5, "harness"],
  ["guide", 0, "harness"],
  ["interrupted", 1, "interrupted"],
])(
  "a record of the verdict %s of a child that ends with exit code %d is of the verdict %s",
  async (said, code, is) => {
    const script = join(temporaryFolder(), "ends.ts");
    const record = sampleRecord({ verdict: said });
    await writeFile(
      script,
      `console.log(${JSON.stringify(JSON.stringify(record))}); process.exitCode = ${code};`,
    );
    const seen = await recordOf([script], [], new AbortController().signal);
    expect(seen.verdict).toBe(is);
    expect(seen.failure?.verdict).toBe(is === said ? record.failure?.verdict : "harness");
  },
);

test("a program that is given all settings reads no file of them and tells CI nothing; one that is run as it was typed does", async () => {
  const script = join(temporaryFolder(), "print.ts");
  const names = ["GUIDE_CONFIG", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"];
  const values = names.map((name) => `process.env.${name}`).join();
  await writeFile(script, `console.log(JSON.stringify([${values}]))`);
  const { signal } = new AbortController();
  for (const name of names) vi.stubEnv(name, "/mine");
  try {
    expect((await runProgram([script], signal)).printed).toEqual(["", "", ""]);
    expect((await runProgram([script], signal, { env: {} })).printed).toEqual(["/mine", "/mine", "/mine"]);
  } finally {
    vi.unstubAllEnvs();
  }
});
