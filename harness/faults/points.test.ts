import { expect, test } from "vitest";
import type { RunEvent } from "../record/events.ts";
import { runWithFault, useStateFolder } from "./run-with-fault.ts";
import { casesOf } from "./table.ts";
import { isPoint } from "./points.ts";
import { staying } from "./recorded.ts";
import { FaultTestbed, longTimeout } from "./world.ts";

const hours = 3_600_000;

/** Each says whether the run heard of it: a signal that nobody listens to ends the process. */
const faults: Readonly<Record<string, (hit: FaultTestbed) => boolean>> = {
  SIGINT: ({ host }) => host.emit("SIGINT", "SIGINT"),
  SIGTERM: ({ host }) => host.emit("SIGTERM", "SIGTERM"),
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

test.concurrent.each([
  ["in command", "never", "removing what was made", "What was made is removed."],
  ["in command", "always", "the cluster stays up", "`pnpm down --cluster CLUSTER` removes it."],
  ["before plan", "never", "no machines were made", "No machines were made."],
] as const)(
  "%s, kept %s: an interrupted run says at once what becomes of its machines",
  longTimeout,
  async (at, keep, told, hint) => {
    await using world = await FaultTestbed.make();
    world.hits.set(at, () => void world.host.emit("SIGINT", "SIGINT"));
    const events: RunEvent[] = [];
    world.reporters.push({ name: "events", onEvent: (event) => void events.push(event) });
    const record = await world.run({}, undefined, keep);
    const said = events.filter(({ type }) => type === "interrupted");
    expect(said).toMatchObject([{ message: `Interrupted: ${told} (Ctrl-C again changes nothing)` }]);
    expect(record.failure?.hint).toBe(hint.replace("CLUSTER", world.id));
    expect(record.tests.map(({ outcome }) => outcome)).not.toContain("passed");
  },
);

test("who ends a run on a cluster that stays is not told that anything is removed", longTimeout, async () => {
  await using world = await FaultTestbed.make(staying);
  await world.run({}, undefined, "always");
  world.hits.set("in suites", () => void world.host.emit("SIGTERM", "SIGTERM"));
  const events: RunEvent[] = [];
  world.reporters.push({ name: "events", onEvent: (event) => void events.push(event) });
  const { failure } = await world.run({}, (run) => run.suites(["etcd"]));
  expect(events).toContainEqual(
    expect.objectContaining({ type: "interrupted", message: "Interrupted: the cluster stays as it is" }),
  );
  expect(failure?.hint).toBe("The cluster stays as it is.");
});
