import { describe } from "vitest";
import { guards, slowness, test } from "../cluster/index.ts";
import { Serial } from "../reboot/serial.ts";
import { recordOf, unbrokenIn } from "./outages.ts";
import { faults } from "./faults.ts";
import { allBack, isBack, milestonesAreGreen, none, noneBroken, writesAreKept } from "./assertions.ts";
import { injectFault, type FaultOutcome } from "./inject.ts";

/** Milliseconds; what is waited for has deadlines of its own. */
const timeout = 1_200_000 * slowness;

const serial = new Serial("not all was as it has to be after");

for (const fault of faults) {
  describe(`${fault.name}:`, () => {
    const group = serial.group<FaultOutcome>(fault.name, "nobody saw the end of it");

    test(
      "what has to go on goes on",
      { timeout, meta: guards("faults", "goesOn") },
      async ({ cluster, skip, onTestFailed, fact }) => {
        const cutsPower = fault.power === true;
        const outcome = await group.begin({ cluster, skip, onTestFailed }, cutsPower, () =>
          injectFault(cluster, fault),
        );
        const { wentOn } = recordOf(fault.name, outcome);
        fact("went on", wentOn.join(", "));
        noneBroken(`broken by ${fault.name}`, outcome.observations, outcome.time, outcome.undoing);
      },
    );

    if (Object.values(fault.expected).some(({ breaks }) => breaks)) {
      test(
        "what has to break breaks, when it has to",
        { timeout, meta: guards("faults", "breaks") },
        ({ skip, onTestFailed, fact }) => {
          const all = group.outcome({ skip, onTestFailed });
          for (const { what, from, until } of recordOf(fault.name, all).broke)
            fact(what, `not from ${from} s ${until === undefined ? "on" : `to ${until} s`}`);
          const { observations, time } = all;
          none(
            `with ${fault.name}`,
            unbrokenIn(observations, all, slowness, time.until - time.from),
            time.from,
          );
        },
      );
    }

    test(
      "all is back in time",
      { timeout, meta: guards("faults", "back") },
      ({ skip, onTestFailed, fact }) => {
        const all = group.outcome({ skip, onTestFailed });
        fact("undone after s", (all.undone / 1000).toFixed(1));
        allBack(`after ${fault.name}`, all);
      },
    );

    test(
      "no write that was acknowledged is lost",
      { timeout, meta: guards("faults", "writes") },
      async ({ cluster, skip, onTestFailed, fact }) => {
        const all = group.outcome({ skip, onTestFailed });
        fact("acknowledged writes", all.acknowledged);
        await writesAreKept(cluster, all);
      },
    );

    test(
      "the milestones are green afterwards",
      { timeout, meta: guards("faults", "milestones") },
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
