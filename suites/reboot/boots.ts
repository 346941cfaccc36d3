import {
  bootIdCommand,
  type Cluster,
  eventually,
  expect,
  slowness,
  type SuiteMachine,
} from "../cluster/index.ts";
import { remember } from "./memory.ts";
import { bootedIn, machinesOf, type Scenario } from "./scenarios.ts";
import { stateOf } from "./state.ts";

/** Milliseconds from when all answer again until all is up: a scheduler waits 15 s for its own earlier self. */
const upDeadline = 120_000;

/** Milliseconds after which a unit that is down, and that systemd has no job to start, is given up. */
const staysDown = 10_000 * slowness;

/** What became of a scenario's machines. */
export type Boots = Awaited<ReturnType<typeof bootAnew>>;

const bootIds = (machines: readonly SuiteMachine[]): Promise<string[]> =>
  Promise.all(machines.map(async (machine) => (await machine.succeed(bootIdCommand)).trim()));

/** Boots a scenario's machines anew, and waits until everything that was up on any machine is up again. */
export async function bootAnew(cluster: Cluster, scenario: Scenario) {
  const booted = bootedIn(cluster, scenario);
  const all = machinesOf(cluster);
  // The ports of its services are among what is up.
  await cluster.workload.ready();
  const before = await Promise.all(all.map(async (machine) => (await machine.observe()).up));
  const state = await stateOf(cluster);
  const [old, forgotten] = await Promise.all([bootIds(booted), Promise.all(booted.map(remember))]);
  const started = performance.now();
  await cluster.boot(booted, scenario.how);
  const answered = performance.now();
  const [ids] = await Promise.all([bootIds(booted), ...forgotten.map((check) => check())]);
  let downSince: number | undefined;
  const missing = async (): Promise<{ missing: string[]; over: boolean }> => {
    const looks = await Promise.all(
      all.map(async (machine, index) => {
        const up = before[index] ?? [];
        const now = await machine.observe();
        const lost = up.filter((one) => !now.up.includes(one));
        const units = lost.flatMap((one) => (one.startsWith("unit ") ? [one.slice("unit ".length)] : []));
        const lacks = lost.length > 0 ? lost : await machine.apiserverLacks(up);
        return {
          lacks: lacks.map((one) => `${one} of ${machine.name}`),
          down: await machine.leftDown(units),
        };
      }),
    );
    const isDown = looks.some(({ down }) => down.length > 0);
    downSince = isDown ? (downSince ?? performance.now()) : undefined;
    // What nobody starts will not become active.
    const over = downSince !== undefined && performance.now() - downSince > staysDown;
    return { missing: looks.flatMap(({ lacks }) => lacks), over };
  };
  const seen = await eventually(missing, {
    describe: "everything that was up before the boot is up again",
    deadline: upDeadline,
    interval: 250,
    until: (look) => look.missing.length === 0 || look.over,
    show: (look) => `there is no ${look.missing.join(", ")}`,
  });
  expect(seen.missing, `after the boot there is no ${seen.missing.join(", ")}`).toEqual([]);
  return {
    before: state,
    /** Boot ids of before and after, by machine. */
    ids: new Map(booted.map(({ name }, index) => [name, [old[index] ?? "", ids[index] ?? ""] as const])),
    /** Seconds until the machines answered, and from then until all was up again. */
    answered: (answered - started) / 1000,
    up: (performance.now() - answered) / 1000,
  };
}
