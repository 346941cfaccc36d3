import { once } from "node:events";
import { Duplex } from "node:stream";
import { Deadlines } from "../deadlines.ts";
import { type HarnessError, InfrastructureError } from "../errors.ts";
import { effectsOfScript } from "../guide/effects/effects.ts";
import { profile } from "../profile/testing.ts";
import type { Plan, Step, StepGroup } from "../guide/types.ts";
import type { Connection, ExecResult, KeptShell } from "../machines/ssh/connection.ts";
import type { Terminal } from "./apply/apply.ts";
import type { RunEvent } from "../record/events.ts";
import type { FailureRecord, StepRecord, TestRecord } from "../record/record.ts";
import { Recorder } from "./recorder.ts";
import { processRedactor } from "../secrets/redact.ts";

const { machines } = profile;

type Reply = Partial<ExecResult> | Error;

/** For tests: a terminal whose shell answers each script from a table; it keeps what was run and written. */
export function terminal(
  machine: string,
  replies: Record<string, Reply | Reply[]>,
  answer: (command: string) => Partial<ExecResult> = (command) => ({ stdout: `journal of: ${command}` }),
) {
  const ran: string[] = [];
  const files = new Map<string, string>();
  const result: ExecResult = { exitCode: 0, stdout: "", stderr: "", durationMs: 1, timedOut: false };
  const shell: KeptShell = {
    run: async (script, options) => {
      ran.push(script);
      const reply = replies[script];
      const next = Array.isArray(reply) ? (reply.length > 1 ? reply.shift() : reply[0]) : reply;
      if (next instanceof Error) throw next;
      if (next?.stdout) options?.onOutput?.({ stream: "stdout", text: next.stdout });
      return { ...result, ...next, cwd: "/root" };
    },
    state: () => ({ cwd: "/root", environment: "" }),
    close: async () => undefined,
  };
  const connection: Connection = {
    machine,
    with: () => connection,
    exec: async (command) => ({ ...result, ...answer(command) }),
    shell: async () => shell,
    writeFile: async (path, content) => void files.set(path, content.toString()),
    readFile: async (path) => Buffer.from(files.get(path) ?? ""),
    forward: async () => new Duplex(),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { connection, shell, ran, files } satisfies Terminal & Record<string, unknown>;
}

const effectsOfAction = (action: Step["action"], machine: string): Step["effects"] =>
  action.kind === "run"
    ? effectsOfScript(action.script, machine, machines)
    : [{ machine, does: "writes", what: action.path, sure: true }];

export const step = (
  id: string,
  machine: string,
  action: Step["action"],
  more: Partial<Step> = {},
): Step => ({
  key: `${id}@${machine}`,
  id,
  section: id.split("/")[0] ?? "",
  machine,
  location: { file: "guide.md", line: 7 },
  endLine: 9,
  action,
  downloads: [],
  effects: effectsOfAction(action, machine),
  changedBy: [],
  ...more,
});
export const run = (script: string): Step["action"] => ({ kind: "run", script });
export const file = (path: string, content = "A=1"): Step["action"] => ({
  kind: "file",
  path,
  mode: 0o644,
  append: false,
  content,
});
export const group = (...steps: Step[]): StepGroup => ({ id: steps[0]?.id ?? "", steps });
export const planOf = (...groups: StepGroup[]): Plan => ({
  guide: { file: "guide.md", title: "", sections: [], blocks: [], claims: [] },
  accounting: { run: 0, file: 0, output: 0, skip: 0, total: 0 },
  groups,
  dropped: [],
  errata: [],
  edits: [],
});

export function context(terminals: Record<string, Terminal>, secrets: string[] = []) {
  processRedactor.learn(secrets);
  const events: RunEvent[] = [];
  const facts = {
    provider: "none",
    artifactSet: "none",
    versions: {},
    ports: [],
    dropped: [],
    cannotProve: [],
  };
  const recorder = new Recorder("test", "apply", facts, [
    { name: "test", onEvent: (event) => void events.push(event) },
  ]);
  return {
    events,
    recorder,
    context: { signal: new AbortController().signal, deadlines: new Deadlines() },
    online: false,
    limitations: [{ capability: "terminal", reason: "nobody is at a terminal" } as const],
    judged: async (failure: HarnessError) => failure,
    returned: async (): Promise<never> => Promise.reject(new Error("no machine was to reboot")),
    terminals: new Map(Object.entries(terminals)),
  };
}

/** A judgement that finds this beside the guide. */
export const excused =
  (reason: string) =>
  async (failure: HarnessError): Promise<HarnessError> =>
    new InfrastructureError(`${failure.message}; ${reason}`);

/** Records as small as they can be, with what a test changes. */
export const stepRecord = (changes: Partial<StepRecord> = {}): StepRecord => ({
  key: "2.4.4/start-etcd@t71",
  id: "2.4.4/start-etcd",
  section: "2.4.4",
  machine: "t71",
  location: { file: "guide.md", line: 7 },
  startMs: 0,
  durationMs: 1,
  outcome: "passed",
  exitCode: 0,
  output: "",
  assists: [],
  ...changes,
});

export const testRecord = (changes: Partial<TestRecord> = {}): TestRecord => ({
  milestone: "etcd",
  name: "a key survives a restart",
  sections: ["2.4.4"],
  startMs: 0,
  durationMs: 1,
  outcome: "passed",
  facts: {},
  ...changes,
});

/** A test, or a step, that failed. */
export const failedWith = (
  message: string,
  more: Partial<FailureRecord> = {},
): { readonly outcome: "failed"; readonly failure: FailureRecord } => ({
  outcome: "failed",
  failure: { verdict: "guide", message, ...more },
});

/** A call that ends by its signal alone. */
export const never = async (signal: AbortSignal | undefined): Promise<never> => {
  if (signal && !signal.aborted) await once(signal, "abort");
  throw new Error("ended");
};
