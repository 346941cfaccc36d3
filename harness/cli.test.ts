import { execa } from "execa";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "./paths.ts";

const cli = (...args: readonly string[]) =>
  execa(process.execPath, [join(projectRoot, "harness/cli.ts"), ...args], {
    reject: false,
    cwd: projectRoot,
  });
const script = (name: string, ...args: readonly string[]) =>
  execa(process.execPath, [join(projectRoot, `scripts/${name}.ts`), ...args], {
    reject: false,
    cwd: projectRoot,
  });

test("plan lists every step without touching a machine, for a person and as JSON", async () => {
  const text = await cli("plan");
  expect(text.exitCode).toBe(0);
  expect(text.stdout).toMatch(/^2\.4\.4\/start-etcd +t71 +fixtures\/guide\/guide\.md:\d+/m);
  const plan = JSON.parse((await cli("plan", "--json")).stdout);
  const { total, run, file, output, skip } = plan.accounting;
  expect(run + file + output + skip).toBe(total);
  expect(plan.groups.length).toBeGreaterThan(50);
});

test.each([
  [["plan", "--bogus"], "unknown option"],
  [["plan", "--as-written", "none-such"], "none-such"],
  [["doctor", "--artifacts", "none-such"], "Known sets: debian, guide"],
  [["plan", "--guide", "/no/such.md"], "/no/such.md"],
  [["shell"], "missing required argument"],
])("%j ends with exit code 2 and says why, without a stack trace", async (args, message) => {
  const result = await cli(...args);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain(message);
  expect(result.stderr).not.toMatch(/^\s+at /m);
});

test("with --json an error is JSON too", async () => {
  const result = await cli("plan", "--as-written", "none-such", "--json");
  expect(result.exitCode).toBe(2);
  expect(JSON.parse(result.stdout)).toMatchObject({
    verdict: "usage",
    error: { message: expect.any(String) },
  });
});

test("a reader who went away changes neither the work nor its exit code", async () => {
  const command = `"$0" harness/cli.ts plan --bogus 2> >(exec true) | true; exit "\${PIPESTATUS[0]}"`;
  const result = await execa("bash", ["-c", command, process.execPath], { reject: false, cwd: projectRoot });
  expect(result.exitCode).toBe(2);
});

test.each([
  "plan",
  "doctor",
  "artifacts list",
  "artifacts fetch",
  "artifacts import",
  "artifacts verify",
  "artifacts export",
  "artifacts gc",
  "status",
  "shell",
  "down",
  "gc",
])("%s --help names the exit codes and --json", async (name) => {
  const { stdout, exitCode } = await cli(...name.split(" "), "--help");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("4 infrastructure, 5 harness, 130 interrupted");
  expect(stdout).toContain("--json");
});

test.each(["e2e", "up", "apply", "suite", "mutants", "bench", "nightly"])(
  "%s --help names the exit codes",
  async (name) => {
    const { stdout, exitCode } = await script(name, "--help");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("4 infrastructure, 5 harness, 130 interrupted");
  },
);
