import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { guideMachines } from "../../profile/testing.ts";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import { typedGuide } from "./typed.ts";

const plan = await planOf({ ...defaultSettings, artifacts: "source" });
const script = typedGuide(plan, {
  config: "/tmp/ssh config",
  machines: guideMachines,
  images: "/var/cache/images.tar",
  workload: "kind: List",
});

test("all that the reader types or writes is in the script, on each machine, in the guide's order", () => {
  const typed = script
    .split("\n\n# ")
    .flatMap((block) => /^(\S+)\non (\S+) <</.exec(block)?.slice(1).join("@") ?? []);
  const steps = plan.groups.flatMap((group) => group.steps);
  expect(typed).toEqual(steps.map(({ key }) => key));
  const missing = steps.filter(
    ({ action }) => !script.includes(action.kind === "run" ? action.script : action.content),
  );
  expect(missing).toEqual([]);
});

test("bash can read it", () => {
  expect(execFileSync("bash", ["-n"], { input: script }).toString()).toBe("");
});
