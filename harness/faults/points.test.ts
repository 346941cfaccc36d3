import { expect, test } from "vitest";
import { runWithFault, useStateFolder } from "./run-with-fault.ts";
import { casesOf } from "./table.ts";
import { isPoint } from "./points.ts";
import { longTimeout, type FaultTestbed } from "./world.ts";

const hours = 3_600_000;

/** Each says whether the run heard of it: a signal that nobody listens to ends the process. */
const faults: Readonly<Record<string, (hit: FaultTestbed) => boolean>> = {
  SIGINT: ({ host }) => host.emit("SIGINT"),
  SIGTERM: ({ host }) => host.emit("SIGTERM"),
  clock: (hit) => (hit.skew = 8 * hours) > 0,
  "stray error": ({ host }) => host.emit("unhandledRejection", new Error("nobody awaited this")),
};

const cases = casesOf("At every point");

useStateFolder();

test("the table has every point", () => {
  expect(cases).toHaveLength(152);
});

test.concurrent.each(cases)("$column $row: $verdict", longTimeout, async ({ row, column, verdict }) => {
  const fault = faults[column];
  if (!fault || !isPoint(row)) throw new Error(`The table has an unknown point or fault: ${row}, ${column}`);
  const heard: boolean[] = [];
  const ended = await runWithFault((made) =>
    made.hits.set(row, () => {
      if (heard.length === 0) heard.push(fault(made));
    }),
  );
  expect({ ...ended, heard }).toEqual({ verdict, problems: [], heard: [true] });
});
