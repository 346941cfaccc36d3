import { expect, test } from "vitest";
import { anchorsOf, linkTo } from "./anchors.ts";
import { sampleStep, sampleTest } from "./sample.ts";

test("ids say what they lead to, and what came again has a number", () => {
  const steps = [sampleStep(), sampleStep(), sampleStep({ key: "1/a b@t72" })];
  const tests = [sampleTest(), sampleTest({ name: "Lücke: 50 %?" }), sampleTest({ name: "…" })];
  const anchors = anchorsOf({ steps, tests });
  expect(steps.map(anchors.step)).toEqual([
    "step/2.4.4/start-etcd@t71",
    "step/2.4.4/start-etcd@t71~2",
    "step/1/a-b@t72",
  ]);
  expect(tests.map(anchors.test)).toEqual([
    "test/etcd/a-key-survives-a-restart",
    "test/etcd/l-cke-50",
    "test/etcd/test",
  ]);
  expect([anchors.section("2.4.4"), anchors.milestone("etcd")]).toEqual(["section/2.4.4", "milestone/etcd"]);
  expect(linkTo("step/é@t71")).toBe("#step/%C3%A9@t71");
});
