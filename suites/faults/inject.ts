import { setTimeout } from "node:timers/promises";
import { type Cluster, eventually, GuideFailure, sh, slowness } from "../cluster/index.ts";
import { type State, stateOf } from "../reboot/state.ts";
import { counterIn } from "./probes/api-probes.ts";
import type { Counter } from "./probes/counter.ts";
import { type Observation, longestBack, type Time, type Times } from "./outages.ts";
import { placed } from "./expected.ts";
import type { Fault } from "./faults.ts";
import { probesOf } from "./probes/probes.ts";
import { lastSeenPods } from "./last-seen-pods.ts";
import { machineOf } from "./injections.ts";
import { Watch } from "./watch.ts";

/** Milliseconds for which everything is waited for once a fault is undone; what it has to be back by is judged later. */
const patience = 150_000;

export type FaultOutcome = Times & {
  readonly before: State;
  readonly observations: readonly Observation[];
  /** When it was looked at: from its beginning on until all was back, and had to be if there is a calm, or until nobody waited any more. */
  readonly time: Time;
  /** What is not right at the end, in words; empty if all is. */
  readonly missing: string;
  /** Units of the fault that were down at the end, with no job of systemd's to start them, before anybody here started them. */
  readonly down: readonly DownUnit[];
  /** What became of all after that, while nobody did anything. */
  readonly later: { readonly observations: readonly Observation[]; readonly time: Time };
  /** Writes that were acknowledged, and what of them is lost. */
  readonly acknowledged: number;
  readonly lost: readonly string[];
};

/** A unit that nobody starts again. */
export type DownUnit = { readonly machine: string; readonly unit: string; readonly journal: string };

/** How long is looked on while nobody does anything: until a moment of `performance.now`, but so many milliseconds at least. */
type Calm = { readonly until: number; readonly atLeast: number };

/** Until all had to be back, and no longer. */
const rest: Calm = { until: 0, atLeast: 0 };

/**
 * Looks at the cluster all the while, and does a fault and takes it back, whatever happens. Once all is back, and had to be, it
 * looks on; not at all unless told, or where something that nobody looks at may still come.
 */
export async function injectFault(
  cluster: Cluster,
  fault: Fault,
  calm = fault.repeats ? rest : undefined,
): Promise<FaultOutcome> {
  await cluster.workload.ready();
  cluster.regain();
  const [before, lastSeen, counter] = await Promise.all([
    stateOf(cluster),
    lastSeenPods(cluster),
    counterIn(cluster),
  ]);
  const { subnets, machine, units } = fault;
  const node = machineOf(cluster, fault.looksAt);
  const expected = placed(fault.expected, machine, lastSeen.backendNodes());
  const watches = probesOf(cluster, { lastSeen, counter, node, subnets }).map((probe) => new Watch(probe));
  const end = (): Promise<unknown> => Promise.all(watches.map((watch) => watch.end()));
  try {
    await allRight(watches, -Infinity, "everything is as it has to be before the fault");
    const { began, ...times } = await injectAndUndo(cluster, fault, watches);
    // Who did not answer during the fault has as long as before it.
    cluster.regain();
    const missing = await unlessInVain(
      allRight(
        watches.filter(({ name }) => name !== fault.until),
        began + times.undone,
        "everything is as it has to be after the fault",
      ),
    );
    const due = began + times.undone + 1000 * slowness * longestBack(fault.expected);
    // What has to go on, or had to be back sooner, is looked at until all has to be back.
    if (missing === "" && calm) await until(due);
    const observations = watches.map((watch): Observation => {
      const own = expected[watch.name] ?? {};
      const outages = watch.outages(began);
      // What has to break does so for as long on slow machines as on others, which is not longer than they may take.
      return {
        what: watch.name,
        expected: own,
        outages,
        ...(own.breaks && { prompt: watch.outages(began, 1) }),
      };
    });
    const time = { from: began, until: performance.now() };
    cluster.regain();
    const later = await lookedOn(watches, missing === "" ? calm : undefined);
    await end();
    const uncounted = missing === "" ? await unlessInVain(checked(counter)) : missing;
    const { acknowledged, lost } = counter;
    const down = await downOf(cluster, fault);
    return { before, observations, ...times, time, missing: uncounted, down, later, acknowledged, lost };
  } finally {
    await end();
    cluster.regain();
    // The next fault begins with all that runs.
    if (units.length > 0) await machineOf(cluster, machine).run(sh`systemctl start ${units.join(" ")}`);
  }
}

/** Of the units of a fault those that nobody starts again, and what they have said. */
async function downOf(cluster: Cluster, { machine, units }: Fault): Promise<DownUnit[]> {
  if (units.length === 0) return [];
  const where = machineOf(cluster, machine);
  return Promise.all(
    (await where.leftDown(units)).map(async (unit) => ({
      machine: where.name,
      unit: unit.replace(/\.service$/, ""),
      journal: (await where.run(sh`journalctl --no-pager -n 15 -u ${unit}`)).stdout,
    })),
  );
}

/** Waits until the counter was looked at once more; GuideFailure if nobody could. */
const checked = (counter: Counter): Promise<void> =>
  eventually(() => counter.check(), {
    describe: "somebody reads what is kept",
    deadline: 30_000,
    until: () => true,
  });

/** Waits for a moment of `performance.now`; a timer of Node may be a millisecond early. */
const until = (moment: number): Promise<unknown> =>
  setTimeout(Math.max(Math.ceil(moment - performance.now()), 0) + 1);

/** Looks on, at what must not break any more. */
async function lookedOn(watches: readonly Watch[], calm?: Calm): Promise<FaultOutcome["later"]> {
  const from = performance.now();
  if (!calm) return { observations: [], time: { from, until: from } };
  await until(Math.max(calm.until, from + calm.atLeast));
  const observations = watches.map((watch) => ({
    what: watch.name,
    expected: {},
    outages: watch.outages(from),
  }));
  return { observations, time: { from, until: performance.now() } };
}

/** When somebody set out to do a fault, by `performance.now`, and what became of that. */
type Injected = Times & { readonly began: number };

/** Does a fault, for as long as it lasts once it was seen to have begun. */
async function injectAndUndo(cluster: Cluster, fault: Fault, watches: readonly Watch[]): Promise<Injected> {
  const began = performance.now();
  const undo = await fault.inject(cluster);
  const since = (): number => performance.now() - began;
  const injected = since();
  let undoing = injected;
  try {
    const end = watches.find(({ name }) => name === fault.until);
    if (end) await unlessInVain(broken(end, began, fault.lasts));
    else await setTimeout(fault.lasts);
  } finally {
    undoing = since();
    await undo();
  }
  return { began, injected, undoing, undone: since() };
}

const broken = (watch: Watch, since: number, deadline: number): Promise<boolean> =>
  eventually(async () => watch.outages(since).length > 0, {
    describe: `not any more: ${watch.name}`,
    deadline,
    until: (isBroken) => isBroken,
  });

/** Waits until all was right since a moment; GuideFailure with what is not. */
const allRight = (watches: readonly Watch[], since: number, describe: string): Promise<string[]> =>
  eventually(async () => watches.map((watch) => watch.lacks(since)).filter((lack) => lack !== ""), {
    describe,
    deadline: patience,
    interval: 200,
    until: (lacks) => lacks.length === 0,
    show: (lacks) => lacks.join("; "),
  });

/** What a wait that was in vain says; empty if it was not. */
async function unlessInVain(wait: Promise<unknown>): Promise<string> {
  try {
    await wait;
    return "";
  } catch (thrown) {
    if (thrown instanceof GuideFailure) return thrown.message;
    throw thrown;
  }
}
