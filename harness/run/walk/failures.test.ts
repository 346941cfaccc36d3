import { expect, test } from "vitest";
import { type Asked, back, fails, outcomes, unbootable, unrestorable, walked } from "./testing.ts";

test("at a failure the blame is there at once; what comes after does not make it pass", async () => {
  const { record, failures } = await walked(
    [
      ["1.1/command", "run"],
      ["1.1/unit", "run"],
      ["1.2/wait", "run"],
      ["1.2/wait", async ({ failed }) => ({ do: failed ? "run" : "end" })],
      ["1.3/end", "run"],
    ],
    { hit: fails(1) },
  );
  expect(failures).toMatchObject([
    { failure: { verdict: "guide", step: "1.2/wait@t71", exitCode: 3 }, blames: [{ of: "1.2/wait@t71" }] },
  ]);
  expect(record).toMatchObject({
    verdict: "guide",
    failure: { step: "1.2/wait@t71" },
    blames: [{ of: "1.2/wait@t71" }],
  });
  expect(record.blames).toHaveLength(1);
  expect(outcomes(record).slice(4)).toEqual([
    "1.2/wait@t71 failed",
    "1.2/wait@t71 passed",
    "1.3/end@t72 passed",
  ]);
});

test("a block that fails again after it had failed leaves the guide to blame for the first time", async () => {
  const { record, failures } = await walked(
    [
      ["1.1/command", "run"],
      ["1.1/unit", "run"],
      ["1.2/wait", "run"],
      ["1.2/wait", "run"],
      ["1.2/wait", "end"],
    ],
    { hit: fails(2) },
  );
  expect(failures.map(({ failure }) => failure.verdict)).toEqual(["guide", "usage"]);
  expect(record).toMatchObject({ verdict: "guide", failure: { step: "1.2/wait@t71", exitCode: 3 } });
});

test.each<[what: string, before: Asked, detour: string]>([
  ["a section was skipped", ["1.1/unit", "skip"], "section 1.1 was skipped"],
  [
    "somebody was at a shell",
    ["1.1/unit", { do: "shell", machine: "t72" }],
    "somebody was at a shell on t72",
  ],
])("a block that fails where %s says nothing about the guide", async (_, before, detour) => {
  const { record, shells } = await walked(
    [
      ["1.1/command", "run"],
      before,
      ...(before[1] === "skip" ? [] : [["1.1/unit", "run"] as const]),
      ["1.2/wait", "run"],
      ["1.2/wait", "end"],
    ],
    { hit: fails(1) },
  );
  expect(record.verdict).toBe("usage");
  expect(record.blames).toBeUndefined();
  expect(record.failure?.message).toContain(`this is not where the guide leads: ${detour}`);
  expect(record.steps.find(({ id }) => id === "1.2/wait")).toMatchObject({ outcome: "error" });
  expect(shells).toEqual(before[1] === "skip" ? [] : ["t72 /root"]);
});

const lost =
  (answer: Asked[1]): Asked[1] =>
  async (where) => {
    expect(where).toMatchObject({ failed: true, lost: true });
    if (typeof answer === "function") return answer(where);
    return typeof answer === "object" ? answer : { do: answer };
  };

test("where a connection is gone only the way back and the end are left, and both are asked for", async () => {
  const { record, failures } = await walked(
    [
      ["1.1/command", "run"],
      ["1.1/unit", "save"],
      ["1.1/unit", "run"],
      ["1.2/wait", "run"],
      ["1.2/wait", lost("run")],
      ["1.2/wait", lost(back("1.1/command"))],
      ["1.1/unit", "run"],
      ["1.2/wait", "run"],
      ["1.2/wait", lost("end")],
    ],
    { hit: (world) => world.hits.set("in wait", world.cut) },
  );
  expect(failures).toHaveLength(4);
  expect(record).toMatchObject({ verdict: "infrastructure", failure: { command: "show-state" } });
  expect(record.walked).toEqual(["went back to after 1.1/command", "ended the walk before 1.2/wait"]);
});

test("a machine that whoever was at a shell on it has ended is theirs, and no fault of machines", async () => {
  const { record } = await walked(
    [
      ["1.1/command", "run"],
      ["1.1/unit", "run"],
      ["1.2/wait", { do: "shell", machine: "t71" }],
      ["1.2/wait", "run"],
      ["1.2/wait", lost("end")],
    ],
    { hit: (world) => world.hits.set("in wait", world.cut) },
  );
  expect(record.verdict).toBe("usage");
  expect(record.failure?.message).toContain(
    "this is not where the guide leads: somebody was at a shell on t71",
  );
});

test("what only follows from the guide's failure does not take the blame from it", async () => {
  const { record, failures } = await walked(
    [
      ["1.1/command", "run"],
      ["1.1/unit", "save"],
      ["1.1/unit", "run"],
      ["1.2/wait", "run"],
      ["1.2/wait", lost(back("1.1/command"))],
      ["1.1/unit", "end"],
    ],
    {
      hit: (world) => {
        fails(1)(world);
        world.hits.set("after blame", () => {
          world.hits.delete("after blame");
          world.cut();
        });
      },
    },
  );
  expect(failures.map(({ failure }) => failure.verdict)).toEqual(["guide", "infrastructure"]);
  expect(record).toMatchObject({ verdict: "guide", failure: { step: "1.2/wait@t71" } });
});

test("a machine that a reboot did not bring back is there again on the way back", async () => {
  const { record, reached } = await walked(
    [
      ["1.1/command", "run"],
      ["1.1/unit", "save"],
      ["1.1/unit", "run"],
      ["1.1/unit", back("1.1/command")],
      ["1.1/unit", "end"],
    ],
    { machines: unbootable, unit: "reboot" },
  );
  expect(record).toMatchObject({ verdict: "guide", failure: { step: "1.1/unit@t71" } });
  expect(reached).toEqual(["t71", "t72", "t76"]);
});

test("machines that cannot be taken back in their place are removed all the same", async () => {
  const { record } = await walked(
    [
      ["1.1/command", "run"],
      ["1.1/unit", "save"],
      ["1.1/unit", back("1.1/command")],
    ],
    { machines: unrestorable },
  );
  expect(record).toMatchObject({
    verdict: "infrastructure",
    failure: { message: "The snapshot cannot be restored" },
  });
});
