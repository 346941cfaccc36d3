import { expect, test } from "vitest";
import { runWithFault, useStateFolder } from "./run-with-fault.ts";
import { casesOf } from "./table.ts";
import { isPoint } from "./points.ts";
import { longTimeout, type FaultTestbed } from "./world.ts";

const hours = 3_600_000;

const faults: Readonly<Record<string, (hit: FaultTestbed) => void>> = {
  SIGINT: ({ host }) => void host.emit("SIGINT"),
  SIGTERM: ({ host }) => void host.emit("SIGTERM"),
  clock: (hit) => void (hit.skew = 8 * hours),
  "stray error": ({ host }) => void host.emit("unhandledRejection", new Error("nobody awaited this")),
};

const cases = casesOf("At every point");

useStateFolder();

test("the table has every point", () => {
  expect(cases).toHaveLength(152);
});

test.concurrent.each(cases)("$column $row: $verdict", longTimeout, async ({ row, column, verdict }) => {
  const fault = faults[column];
  if (!fault || !isPoint(row)) throw new Error(`The table has an unknown point or fault: ${row}, ${column}`);
  let hits = 0;
  const ended = await runWithFault((made) =>
    made.hits.set(row, () => {
      hits += 1;
      if (hits === 1) fault(made);
    }),
  );
  expect({ ...ended, hit: hits > 0 }).toEqual({ verdict, problems: [], hit: true });
});
