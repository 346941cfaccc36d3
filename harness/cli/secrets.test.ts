import { copyFileSync, cpSync, mkdirSync, mkdtempSync } from "node:fs";
import { glob, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex, Writable } from "node:stream";
import { execa } from "execa";
import * as fc from "fast-check";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { giveProfile, profile } from "../profile/testing.ts";
import { Deadlines } from "../deadlines.ts";
import { testContext } from "../testing.ts";
import { GuideFailure, HarnessDefect, type HarnessError } from "../errors.ts";
import type { Step } from "../guide/types.ts";
import type { Connection, ExecResult, KeptShell } from "../machines/ssh/connection.ts";
import { reporters } from "../report/index.ts";
import { sampleBlame, sampleFailure, sampleTest } from "../report/sample.ts";
import { plannedSteps } from "../run/evidence/planned.ts";
import { collectJournals } from "../run/evidence/journals/collect.ts";
import { Recorder } from "../run/recorder.ts";
import { processRedactor } from "../secrets/redact.ts";
import { guideLeak, leak, planOf, stepOf, traces } from "../secrets/sample.ts";
import { secretsOf } from "../secrets/secrets.ts";
import { runStep } from "../run/apply/step.ts";
import { SuiteTally } from "../run/suites/tally.ts";
import { failureRecord } from "../run/verdict.ts";
import { command, main } from "./command/base.ts";
import { guideCheckCommand } from "./guide/check.ts";
import { noted } from "./command/note.ts";

const project = vi.hoisted(() => ({ folder: "" }));
vi.mock(import("../host/paths.ts"), async (original) => {
  const real = await original();
  project.folder = mkdtempSync(join(tmpdir(), "guide-secrets-"));
  copyFileSync(join(real.projectRoot, "package.json"), join(project.folder, "package.json"));
  cpSync(join(real.projectRoot, "fixtures/guide"), join(project.folder, "fixtures/guide"), {
    recursive: true,
  });
  return { ...real, projectRoot: project.folder };
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => rm(project.folder, { recursive: true }));

const ended: ExecResult = { exitCode: 0, stdout: "", stderr: "", durationMs: 1, timedOut: false };

/** A terminal that prints text in pieces, and ends with an exit code. */
function terminal(text: string, cuts: readonly number[], exitCode: number) {
  const places = [0, ...cuts.map((cut) => cut % text.length).toSorted((a, b) => a - b), text.length];
  const shell: KeptShell = {
    run: async (_script, options) => {
      for (const [index, place] of places.slice(1).entries()) {
        options?.onOutput?.({
          stream: "stdout",
          text: text.slice(places[index], place),
        });
      }
      return { ...ended, exitCode, stdout: text, cwd: "/root" };
    },
    state: () => ({ cwd: "/root", environment: "" }),
    close: async () => undefined,
  };
  const connection: Connection = {
    machine: "t71",
    with: () => connection,
    exec: async (script) => ({
      ...ended,
      stdout: `${/^ {2}echo "(-- \S+ )/m.exec(script)?.[1] ?? ""}etcd\n${text}`,
    }),
    shell: async () => shell,
    writeFile: async () => undefined,
    readFile: async () => Buffer.from(""),
    forward: async () => new Duplex(),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { connection, shell };
}

let runs = 0;

/** By file or command: what a run leaves behind whose every part says `text`, and what the terminal shows of it. */
async function told(
  text: string,
  action: Step["action"],
  cuts: readonly number[],
  asJson: boolean,
): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  let place = "terminal";
  const show = (chunk: unknown): boolean => seen.set(place, (seen.get(place) ?? "") + String(chunk)).size > 0;
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation(show);
  }
  const screen = new Writable({
    write: (chunk, _encoding, done) => {
      show(chunk);
      done();
    },
  });
  runs += 1;
  const id = `run-${runs}`;
  const folder = join(project.folder, "reports", id);
  mkdirSync(folder, { recursive: true });
  vi.stubEnv("GITHUB_STEP_SUMMARY", join(folder, "summary.md"));
  vi.stubEnv("GITHUB_OUTPUT", join(folder, "output"));

  const redactor = processRedactor;
  const step = stepOf(action);
  const plan = planOf(step);
  redactor.learn(secretsOf(plan));
  const list = ["kubectl", ...text.split("\n")];
  const recorder = new Recorder(
    id,
    "e2e",
    {
      provider: "nspawn",
      artifactSet: "debian",
      versions: {},
      ports: [],
      dropped: [{ id: step.id, by: "port", reason: text }],
      cannotProve: [{ claim: "a", reason: text }],
      plan: plannedSteps(plan),
      rebootFindings: [{ after: step.id, machine: "t71", what: list }],
      blames: [
        sampleBlame({
          tests: [text],
          units: [],
          since: { run: "1", inputs: list, durations: [], blocks: [] },
        }),
      ],
    },
    reporters({ json: asJson, stdout: screen, stderr: screen }),
  );
  recorder.note(text);
  recorder.assist({ id: "cache", reason: text });
  await recorder.span(text, async () => undefined);
  const machine = terminal(text, cuts, 1);
  const options = {
    recorder,
    context: testContext(),
    limitations: [],
    online: false,
    judged: async (failed: HarnessError) => failed,
    returned: async () => machine,
    whileWatched: async <T>(work: (signal: AbortSignal) => Promise<T>) => work(testContext().signal),
  };
  const failed = stepOf({ kind: "run", script: `systemctl start etcd\n${text}` });
  await runStep(failed, machine, options).catch(() => undefined);
  const failure = sampleFailure({ message: text, outputTail: text, hint: text });
  const record = sampleTest({ name: text, outcome: "failed", facts: { [text]: text }, failure });
  new SuiteTally(["etcd"], recorder).hear({ type: "record", record });
  await collectJournals([machine.connection], profile.units, folder, (message) => recorder.note(message));
  const details = { outputTail: text, command: text, location: { file: text, line: 1 } };
  const error = new GuideFailure(text, { ...details, hint: text });
  const conclusion = { verdict: "guide" as const, failure: failureRecord(error) };
  await recorder.finish(() => conclusion, folder, new Deadlines());

  place = "note";
  noted.note(text);
  const crashes = {
    failure: error,
    exception: new Error(text),
    defect: new HarnessDefect(text, { cause: new Error(text), ...details }),
  };
  for (const [name, thrown] of Object.entries(crashes)) {
    place = name;
    const program = command("crash", "crashes").action(() => {
      throw thrown;
    });
    await main(program, asJson ? ["--json"] : []);
  }
  place = "usage";
  await main(command("crash", "crashes"), [`--no-such=${text}`]);
  vi.restoreAllMocks();
  process.exitCode = 0;

  for await (const path of glob("**/*", { cwd: folder, withFileTypes: true })) {
    if (path.isFile()) seen.set(path.name, await readFile(join(path.parentPath, path.name), "utf8"));
  }
  return seen;
}

/** Where the text must have come to, or the test has not looked there. */
const places =
  "defect etcd.log etcd.xml exception failure journal.jsonl note report.html run.json run.sarif steps.xml summary.md terminal trace.json usage".split(
    " ",
  );

test("no secret is in any report, journal, terminal output or crash, whatever its form", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(leak, { minLength: 1, maxLength: 6 }),
      guideLeak,
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.boolean(),
      async (formed, { action, leaks }, cuts, asJson) => {
        const all = [...formed, ...leaks];
        const text = all.map((one) => one.text).join("\nand then\n");
        const seen = await told(text, action, cuts, asJson);
        const telling = [...seen].filter(([, said]) => said.includes("and then")).map(([name]) => name);
        expect(telling.toSorted()).toEqual(places);
        const lost = [...seen].flatMap(([name, said]) =>
          all
            .filter((one) => traces(one).some((trace) => said.includes(trace)))
            .map((one) => ({ name, one })),
        );
        expect(lost).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});

test.each([
  ["a rejection that nobody awaits", "void Promise.reject(new Error(text));"],
  ["an exception in a callback", "setImmediate(() => { throw new Error(text); });"],
])("%s ends the process as a defect, without its secrets", async (_what, crash) => {
  const text = 'lost TOKEN="663eb46fb81c4cf2" and {"password":"663eb46fb81c4cf2"}';
  const script = `import { command, main } from ${JSON.stringify(join(import.meta.dirname, "command/base.ts"))};
const text = ${JSON.stringify(text)};
await main(command("crash", "crashes").action(async () => { ${crash} await new Promise((done) => setTimeout(done, 60_000)); }), []);`;
  const { exitCode, all } = await execa(process.execPath, ["--input-type=module", "--eval", script], {
    reject: false,
    all: true,
  });
  expect(exitCode).toBe(5);
  expect(all).toContain("harness: lost");
  expect(all).not.toContain("663eb46f");
});

test.each(["text", "json", "sarif", "github"])("guide check tells no secret as %s", async (format) => {
  const secret = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2ln";
  const guide = join(project.folder, "guide.md");
  await giveProfile(project.folder);
  await writeFile(guide, `# G\n\n## 1 A\n\n\`\`\`bash run id=a on=t71\ncat /k8s/${secret}\n\`\`\`\n`);
  const shown: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => shown.push(String(chunk)) > 0);
  await main(guideCheckCommand(), ["--guide", guide, "--format", format]);
  vi.restoreAllMocks();
  process.exitCode = 0;
  expect(shown.join("")).toContain("there is no /k8s/[redacted] yet");
  expect(shown.join("")).not.toContain("eyJpc3Mi");
});
