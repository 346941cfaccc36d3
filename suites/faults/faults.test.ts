import { describe } from "vitest";
import { guards, slowness, test } from "../cluster/index.ts";
import { Serial } from "../reboot/serial.ts";
import { recordOf, unbrokenIn } from "./outages.ts";
import { faults } from "./faults.ts";
import {
  aboutTaken,
  allBack,
  isBack,
  milestonesAreGreen,
  none,
  noneBroken,
  writesAreKept,
} from "./assertions.ts";
import { injectFault, type FaultOutcome } from "./inject.ts";

/** Milliseconds; what is waited for has deadlines of its own. */
const timeout = 1_200_000 * slowness;

const serial = new Serial("not all was as it has to be after");

/** By unit: the settings and the unit that a fault of it is about. */
const ofUnit: Readonly<Record<string, ReturnType<typeof guards>>> = {
  etcd: guards("faults", "etcd"),
  "kube-apiserver": guards("faults", "apiserver"),
  "kube-scheduler": guards("faults", "scheduler"),
  "kube-controller-manager": guards("faults", "controllers"),
  docker: guards("faults", "docker"),
  kubelet: guards("faults", "kubelet"),
  "kube-proxy": guards("faults", "kubeProxy"),
  flanneld: guards("faults", "flanneld"),
};

/** What a test of a fault guards: first, what makes the unit that is taken away. */
function withUnit([unit = ""]: readonly string[], own: ReturnType<typeof guards>): typeof own {
  const sections = [...(ofUnit[unit]?.sections ?? []), ...own.sections];
  return { ...own, sections: [...new Set(sections)] };
}

for (const fault of faults) {
  describe(`${fault.name}:`, () => {
    const group = serial.group<FaultOutcome>(fault.name, "nobody saw the end of it");

    test(
      "what has to go on goes on",
      { timeout, meta: withUnit(fault.units, guards("faults", "goesOn")) },
      async ({ cluster, skip, onTestFailed, fact }) => {
        const cutsPower = fault.power === true;
        const outcome = await group.begin({ cluster, skip, onTestFailed }, cutsPower, () =>
          aboutTaken(fault, () => injectFault(cluster, fault)),
        );
        const { wentOn } = recordOf(fault.name, outcome);
        fact("went on", wentOn.join(", "));
        await aboutTaken(fault, () =>
          noneBroken(`broken by ${fault.name}`, outcome.observations, outcome.time, outcome.undoing),
        );
      },
    );

    if (Object.values(fault.expected).some(({ breaks }) => breaks)) {
      test(
        "what has to break breaks, when it has to",
        { timeout, meta: withUnit(fault.units, guards("faults", "breaks")) },
        async ({ skip, onTestFailed, fact }) => {
          const all = group.outcome({ skip, onTestFailed });
          for (const { what, from, until } of recordOf(fault.name, all).broke)
            fact(what, `not from ${from} s ${until === undefined ? "on" : `to ${until} s`}`);
          const { observations, time } = all;
          const unbroken = unbrokenIn(observations, all, slowness, time.until - time.from);
          await aboutTaken(fault, () => none(`with ${fault.name}`, unbroken, time.from));
        },
      );
    }

    test(
      "all is back in time",
      { timeout, meta: withUnit(fault.units, guards("faults", "back")) },
      async ({ skip, onTestFailed, fact }) => {
        const all = group.outcome({ skip, onTestFailed });
        fact("undone after s", (all.undone / 1000).toFixed(1));
        await aboutTaken(fault, () => allBack(`after ${fault.name}`, all));
      },
    );

    test(
      "no write that was acknowledged is lost",
      { timeout, meta: withUnit(fault.units, guards("faults", "writes")) },
      async ({ cluster, skip, onTestFailed, fact }) => {
        const all = group.outcome({ skip, onTestFailed });
        fact("acknowledged writes", all.acknowledged);
        await writesAreKept(cluster, all);
      },
    );

    test(
      "the milestones are green afterwards",
      { timeout, meta: withUnit(fault.units, guards("faults", "milestones")) },
      async ({ cluster, skip, onTestFailed, fact, after }) => {
        const all = group.outcome({ skip, onTestFailed });
        after(recordOf(fault.name, all));
        // What was down was started by now: what is green with that says nothing.
        if (!isBack(all)) skip("not all was back");
        fact("backends", (await milestonesAreGreen(cluster, all.before)).join(", "));
      },
    );
  });
}
