import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect } from "vitest";
import { InfrastructureError } from "../../errors.ts";
import { useStateFolder } from "../../faults/run-with-fault.ts";
import { FaultTestbed } from "../../faults/world.ts";
import type { ClusterSpec, Provider } from "../../machines/machine.ts";
import type { Blame } from "../../record/blame.ts";
import type { FailureRecord, RunRecord } from "../../record/record.ts";
import type { Answer, Reader } from "./reader.ts";
import { Walk } from "./walk.ts";

/** What was saved, by key, and from what machines were started. */
export const pool = new Set<string>();
export const started: ClusterSpec["from"][] = [];
export const savable = (provider: Provider): Provider => ({
  ...provider,
  async up(spec, ...rest) {
    started.push(spec.from);
    return provider.up(spec, ...rest);
  },
  checkpoints: {
    base: async () => "base",
    list: async () => [...pool],
    save: async (_id, key) => void pool.add(key),
    remove: async (keys) => keys.filter((key) => pool.delete(key)),
    bytes: async () => 0,
  },
});

useStateFolder({ cache: true });
beforeEach(() => {
  pool.clear();
  started.length = 0;
});

const guide = `# A guide to walk through

## 1 First

### 1.1 Greet

\`\`\`bash run id=command on=all
greet everybody
\`\`\`

\`\`\`bash run id=unit on=t71
make ready
\`\`\`

### 1.2 Look

\`\`\`bash run id=wait on=t71
show-state
\`\`\`

### 1.3 End

\`\`\`bash run id=end on=t72
wave
\`\`\`
`;

/** A block that is asked for, and what is answered. */
export type Asked = readonly [
  block: string,
  answer:
    | Answer
    | "run"
    | "skip"
    | "save"
    | "end"
    | ((where: Parameters<Reader["answer"]>[1]) => Promise<Answer>),
];

/** Goes through the guide by a list of answers, each to a block; what it was told is kept. */
function scripted(answers: readonly Asked[]) {
  const left = [...answers];
  const failures: { failure: FailureRecord; blames: readonly Blame[] }[] = [];
  const shells: string[] = [];
  let ended = 0;
  const reader: Reader = {
    async answer({ id }, where) {
      const [block, answer] = left.shift() ?? ["nothing", "end" as const];
      expect(id).toBe(block);
      if (typeof answer === "function") return answer(where);
      if (typeof answer === "object") return answer;
      return { do: answer };
    },
    ends: () => void (ended += 1),
    failed: (failure, blames) => void failures.push({ failure, blames }),
    async atShell({ machine }, at) {
      shells.push(`${machine} ${at}`);
      // As it ends for who reboots the machine.
      throw new InfrastructureError(`${machine}: connection lost during: an interactive shell`);
    },
  };
  return { reader, left, failures, shells, ended: () => ended };
}

/** Machines that return to checkpoints in their place, which fails. */
export const unrestorable = (provider: Provider): Provider => {
  const { checkpoints, ...machines } = savable(provider);
  return {
    ...machines,
    async up(spec, ...rest) {
      if (spec.from !== undefined) throw new InfrastructureError("The snapshot cannot be restored");
      return machines.up(spec, ...rest);
    },
    ...(checkpoints && { checkpoints: { ...checkpoints, inPlace: true } }),
  };
};

const returned = async (): Promise<never> => {
  throw new InfrastructureError("no answer", { outputTail: "You are in emergency mode." });
};
/** Machines that no reboot brings back to where anybody can log in. */
export const unbootable = (provider: Provider): Provider => ({
  ...savable(provider),
  async up(...args) {
    const running = await savable(provider).up(...args);
    return { ...running, machines: running.machines.map((machine) => Object.assign(machine, { returned })) };
  },
});

/** A walk through the guide by these answers; what it was told is kept. `unit` is what its second block types. */
export async function walked(
  answers: readonly Asked[],
  {
    hit,
    from,
    unit = "make ready",
    machines = savable,
  }: {
    readonly hit?: (world: FaultTestbed) => void;
    readonly from?: string;
    readonly unit?: string;
    readonly machines?: (provider: Provider) => Provider;
  } = {},
) {
  await using world = await FaultTestbed.make(machines);
  await writeFile(join(world.folder, "guide.md"), guide.replace("make ready", unit));
  hit?.(world);
  const made = scripted(answers);
  let reached: readonly string[] = [];
  const record = await world.run({}, async (run) => {
    current = { world, signal: run.context.signal };
    const plan = await run.plan();
    await run.request({ plan });
    await run.up(await run.prepare());
    try {
      await new Walk(run, plan, made.reader, from).goes();
    } finally {
      reached = run.machines.connections(run.context).map(({ machine }) => machine);
    }
  });
  expect(made.left).toEqual([]);
  expect(world.machines).toBe(false);
  return { record, reached, ...made };
}

/** The world and the signal of the walk under way. */
export let current: { readonly world: FaultTestbed; readonly signal: AbortSignal } | undefined;

/** Lets the look at the state fail so many times. */
export const fails = (times: number) => (world: FaultTestbed) =>
  world.hits.set("in wait", () => {
    times -= 1;
    return times >= 0 ? { exitCode: 3 } : {};
  });

/** The answer that goes back to the checkpoint after a block, which there has to be. */
export const back =
  (after: string): Asked[1] =>
  async ({ checkpoints }) => {
    expect((await checkpoints()).map((one) => one.after)).toContain(after);
    return { do: "back", after };
  };

/** The steps of a run and what became of them. */
export const outcomes = ({ steps }: RunRecord): string[] =>
  steps.map(({ key, outcome }) => `${key} ${outcome}`);
