import { describe } from "vitest";
import { guards, slowness, test } from "../cluster/index.ts";
import { Turns } from "../reboot/turns.ts";
import { recordOf, unbrokenIn } from "./course.ts";
import { faults } from "./faults.ts";
import { allBack, milestonesAreGreen, none, noneBroken, writesAreKept } from "./judged.ts";
import { play, type Played } from "./play.ts";

/** Milliseconds; what is waited for has deadlines of its own. */
const timeout = 1_200_000 * slowness;

const turns = new Turns("not all was as it has to be after");

for (const fault of faults) {
  describe(`${fault.name}:`, () => {
    const turn = turns.of<Played>(fault.name, "nobody saw the end of it");

    test(
      "what has to go on goes on",
      { timeout, meta: guards("faults", "goesOn") },
      async ({ cluster, skip, onTestFailed, fact }) => {
        const cutsPower = fault.power === true;
        const played = await turn.begin({ cluster, skip, onTestFailed }, cutsPower, () =>
          play(cluster, fault),
        );
        const { wentOn } = recordOf(fault.name, played);
        fact("went on", wentOn.join(", "));
        noneBroken(`broken by ${fault.name}`, played.courses, played.time);
      },
    );

    if (Object.values(fault.expected).some(({ breaks }) => breaks)) {
      test(
        "what has to break breaks, when it has to",
        { timeout, meta: guards("faults", "breaks") },
        ({ skip, onTestFailed, fact }) => {
          const all = turn.needed({ skip, onTestFailed });
          for (const { what, from, until } of recordOf(fault.name, all).broke)
            fact(what, `not from ${from} s ${until === undefined ? "on" : `to ${until} s`}`);
          const { courses, time } = all;
          none(`with ${fault.name}`, unbrokenIn(courses, all, slowness, time.until - time.from), time.from);
        },
      );
    }

    test(
      "all is back in time",
      { timeout, meta: guards("faults", "back") },
      ({ skip, onTestFailed, fact }) => {
        const all = turn.needed({ skip, onTestFailed });
        fact("undone after s", (all.undone / 1000).toFixed(1));
        allBack(`after ${fault.name}`, all);
      },
    );

    test(
      "no write that was acknowledged is lost",
      { timeout, meta: guards("faults", "writes") },
      async ({ cluster, skip, onTestFailed, fact }) => {
        const all = turn.needed({ skip, onTestFailed });
        fact("acknowledged writes", all.acknowledged);
        await writesAreKept(cluster, all);
      },
    );

    test(
      "the milestones are green afterwards",
      { timeout, meta: guards("faults", "milestones") },
      async ({ cluster, skip, onTestFailed, fact, after }) => {
        const all = turn.needed({ skip, onTestFailed });
        after(recordOf(fault.name, all));
        fact("backends", (await milestonesAreGreen(cluster, all.before)).join(", "));
      },
    );
  });
}
