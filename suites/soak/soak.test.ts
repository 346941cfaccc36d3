import { describe } from "vitest";
import {
  eventually,
  expect,
  guards,
  InfrastructureError,
  sh,
  shortly,
  slowness,
  test,
} from "../cluster/index.ts";
import { recordOf, unbrokenIn } from "../faults/outages.ts";
import { faults } from "../faults/faults.ts";
import {
  allBack,
  milestonesAreGreen,
  none,
  noneBroken,
  noWriteIsLost,
  writesAreKept,
} from "../faults/assertions.ts";
import { injectFault, type FaultOutcome } from "../faults/inject.ts";
import { machineOf } from "../faults/injections.ts";
import { Watch } from "../faults/watch.ts";
import { Serial } from "../reboot/serial.ts";
import { churnOf } from "./churn.ts";
import { calmOf, scheduleOf, soakOf } from "./schedule.ts";
import { drifts, grownIn, inWords, spread, trendOf, variationOf } from "./drift.ts";
import { Samples } from "./samples.ts";
import { boundOf, kinds, nameOf, series } from "./series.ts";

/** Milliseconds; what is waited for has deadlines of its own. */
const timeout = 1_200_000 * slowness;

const soak = soakOf(process.env["GUIDE_SOAK"]);
const seconds = 3600 * soak.hours;
/** Seconds: a process or a machine that began anew takes what it needs. */
const settling = Math.min(600, seconds / 6);

/** The one whose wait for a part of the cluster takes minutes is left to the suite `faults`. */
const schedule = scheduleOf(
  faults.filter(({ until }) => until === undefined),
  soak,
);

const serial = new Serial("not all was as it has to be after");
let samples: Samples | undefined;
let began: number | undefined;
/** Whether a fault left something red, so that the soak was over before its time. */
let isBroken = false;

describe(`under load, with seed ${soak.seed}`, () => {
  for (const { fault, due } of schedule) {
    const group = serial.group<FaultOutcome>(fault.name, "nobody saw the end of it");
    test(
      `${fault.name}: all is back, and goes on until minute ${shortly(due / 60)}`,
      { timeout, meta: guards("soak", "goesOn") },
      async ({ cluster, skip, onTestFailed, annotate, fact, after }) => {
        onTestFailed(() => void (isBroken = true));
        began ??= performance.now();
        samples ??= new Samples();
        const own = samples;
        const calm = { until: began + 1000 * due, atLeast: 1000 * calmOf(soak) };
        const tell = (machine: string, values: object): unknown =>
          annotate(JSON.stringify({ machine, values }), "sample");
        const all = await group.begin({ cluster, skip, onTestFailed }, fault.power === true, () =>
          own.during(cluster, tell, async () => {
            const { probe, count } = churnOf(cluster);
            const churn = new Watch(probe);
            try {
              const outcome = await injectFault(cluster, fault, calm);
              const back = performance.now();
              await eventually(async () => churn.lacks(back), {
                describe: "Deployments come and go again",
                deadline: 120_000,
                until: (lack) => lack === "",
                show: (lack) => lack,
              });
              fact("Deployments that came and went", count());
              return outcome;
            } finally {
              await churn.end();
            }
          }),
        );
        const { observations, later, time } = all;
        after(recordOf(fault.name, all));
        fact("acknowledged writes", all.acknowledged);
        // First, for a loss is one whatever else there is.
        noWriteIsLost(all);
        noneBroken(`broken by ${fault.name}`, observations, time, all.undoing);
        none(
          `with ${fault.name}`,
          unbrokenIn(observations, all, slowness, time.until - time.from),
          time.from,
        );
        allBack(`after ${fault.name}`, all);
        noneBroken("while nobody did anything", later.observations, later.time);
        await writesAreKept(cluster, all);
        fact("backends", (await milestonesAreGreen(cluster, all.before)).join(", "));
      },
    );
  }
});

const guarded = {
  memory: guards("soak", "memory"),
  descriptors: guards("soak", "descriptors"),
  database: guards("soak", "database"),
  rules: guards("soak", "rules"),
  leftovers: guards("soak", "leftovers"),
  warnings: guards("soak", "warnings"),
};

describe("does not grow:", () => {
  for (const one of series) {
    const { machine, kind, of } = one;
    const { unit } = kinds[kind];
    const bound = boundOf(one);
    const name = `${machine} ${nameOf(one)}`;
    test(name, { meta: guarded[kind] }, async ({ cluster, skip, fact, drift }) => {
      const all = samples?.of(one) ?? [];
      const from = machineOf(cluster, machine);
      if (kind === "warnings" && all.length === 0) {
        const { exitCode, stderr } = await from.result(sh`dmesg`);
        if (exitCode !== 0) skip(`${machine} does not say: ${stderr.trim()}`);
      }
      // What it looked at leads blame to the steps that made it.
      if (kind === "memory" || kind === "descriptors") fact("process", (await from.unit(of)).MainPID);
      const trend = trendOf(all, settling);
      drift({
        machine,
        what: nameOf(one),
        unit,
        bound: bound.perHour,
        samples: spread(all).map(({ at, value }) => [Math.round(at), Number(value.toFixed(2))] as const),
        ...(trend && {
          perHour: trend.perHour,
          grown: grownIn(trend),
          variation: variationOf(trend, bound),
          from: trend.from,
          to: trend.to,
        }),
      });
      if (!trend) {
        const words = `${name}: ${all.length} samples are too few to say anything`;
        if (isBroken) skip(words);
        throw new InfrastructureError(words, {
          machine,
          hint: "Let the soak last longer: `pnpm soak --hours 1`.",
        });
      }
      fact("trend", inWords(trend, bound, unit));
      expect(drifts(trend, bound), `${name}: ${inWords(trend, bound, unit)}`).toBe(false);
    });
  }
});
