import { expect, test, vi } from "vitest";
import { play, useStateFolder } from "./play.ts";
import { loadSample } from "../testing.ts";
import { casesOf } from "./table.ts";
import { isPoint } from "./points.ts";
import { longTimeout, type World, worldOf } from "./world.ts";

vi.mock(import("../machines/index.ts"), async (original) => ({
  ...(await original()),
  provider: (choice) => worldOf(choice).provider(),
}));
vi.mock(import("../artifacts/index.ts"), async (original) => ({
  ...(await original()),
  artifactSet: (name) => worldOf(name).set(),
}));
// How busy this host is has no say in a table.
vi.mock(import("../host/load.ts"), async (original) => ({
  ...(await original()),
  sampleLoad: () => loadSample({ at: performance.now() }),
}));

const hours = 3_600_000;

const faults: Readonly<Record<string, (hit: World) => void>> = {
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
  const played = await play((made) =>
    made.hits.set(row, () => {
      hits += 1;
      if (hits === 1) fault(made);
    }),
  );
  expect({ ...played, hit: hits > 0 }).toEqual({ verdict, problems: [], hit: true });
});
