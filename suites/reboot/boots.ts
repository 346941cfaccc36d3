import {
  bootIdCommand,
  type Cluster,
  eventually,
  expect,
  GuideFailure,
  sh,
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

/** Seconds that the process of a unit has to have run: one that is started again and again is active in between, too. */
const steady = 10;

/** What became of a scenario's machines. */
export type Boots = Awaited<ReturnType<typeof bootAnew>>;

const bootIds = (machines: readonly SuiteMachine[]): Promise<string[]> =>
  Promise.all(machines.map(async (machine) => (await machine.succeed(bootIdCommand)).trim()));

/** Looks before anything is done: what is not right then is not the boot's doing, and the GuideFailure says so. */
export async function beforeBoot<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (thrown) {
    if (!(thrown instanceof GuideFailure)) throw thrown;
    throw new GuideFailure(`before the boot: ${thrown.message}`, { ...thrown.details, cause: thrown });
  }
}

/** The processes of some units, and for how many seconds each has run; 0 if it is gone by now. */
export async function processesOf(
  machine: SuiteMachine,
  units: readonly string[],
): Promise<{ readonly unit: string; readonly pid: string; readonly age: number }[]> {
  if (units.length === 0) return [];
  const shown = await machine.succeed(sh`for unit in ${units.join(" ")}; do
  pid=$(systemctl show --property=MainPID $unit | cut -d= -f2)
  [ "$pid" = 0 ] || echo $unit $pid $(ps -o etimes= -p $pid)
done`);
  return shown.split("\n").flatMap((line) => {
    const [unit = "", pid = "", age = "0"] = line.trim().split(/\s+/);
    return unit === "" ? [] : [{ unit, pid, age: Number(age) }];
  });
}

/** Of what is up, the units. */
const unitsIn = (up: readonly string[]): string[] =>
  up.flatMap((one) => (one.startsWith("unit ") ? [one.slice("unit ".length)] : []));

/** Boots a scenario's machines anew, and waits until everything that was up on any machine is up again. */
export async function bootAnew(cluster: Cluster, scenario: Scenario) {
  const booted = bootedIn(cluster, scenario);
  const all = machinesOf(cluster);
  const { before, state } = await beforeBoot(async () => {
    // The ports of its services are among what is up.
    await cluster.workload.ready();
    const up = await Promise.all(all.map(async (machine) => (await machine.observe()).up));
    return { before: up, state: await stateOf(cluster) };
  });
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
        const lacks = lost.length > 0 ? lost : await machine.apiserverLacks(up);
        const processes = await processesOf(machine, unitsIn(up));
        const young = processes.filter(({ age }) => age < steady);
        return {
          lacks: [
            ...lacks.map((one) => `${one} of ${machine.name}`),
            ...young.map(({ unit }) => `unit ${unit} of ${machine.name} that has run for ${steady} s`),
          ],
          down: await machine.leftDown(unitsIn(lost)),
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
  const running = async (): Promise<string[]> => {
    const found = await Promise.all(
      all.map((machine, index) => processesOf(machine, unitsIn(before[index] ?? []))),
    );
    return found.flatMap((processes, index) =>
      processes.map(({ unit, pid }) => `${all[index]?.name} ${unit} as process ${pid}`),
    );
  };
  return {
    before: state,
    /** Units that run, with their processes: now, and when all was up again. */
    running,
    ran: await running(),
    /** Boot ids of before and after, by machine. */
    ids: new Map(booted.map(({ name }, index) => [name, [old[index] ?? "", ids[index] ?? ""] as const])),
    /** Seconds until the machines answered, and from then until all was up again. */
    answered: (answered - started) / 1000,
    up: (performance.now() - answered) / 1000,
  };
}
