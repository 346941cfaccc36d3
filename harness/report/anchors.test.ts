import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../host/paths.ts";
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

test("a long name is cut at a word", () => {
  const name = "keys survive a crash, systemd starts etcd again, and the apiserver comes back entirely";
  const one = sampleTest({ name });
  expect(anchorsOf({ steps: [], tests: [one] }).test(one)).toBe(
    "test/etcd/keys-survive-a-crash-systemd-starts-etcd-again-and-the-apiserver-comes-back",
  );
  const solid = sampleTest({ name: "x".repeat(90) });
  expect(anchorsOf({ steps: [], tests: [solid] }).test(solid)).toBe(`test/etcd/${"x".repeat(80)}`);
});

test("the documentation's addresses of tests lead to tests that there are", async () => {
  const text = await readFile(join(projectRoot, "docs/reports.md"), "utf8");
  const shown = [...text.matchAll(/report\.html#(test\/([\w-]+)\/[\w-]+)/g)];
  expect(shown).not.toEqual([]);
  for (const [, address, milestone = ""] of shown) {
    const folder = join(projectRoot, "suites", milestone);
    const files = (await readdir(folder)).filter((file) => file.endsWith(".test.ts"));
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
    const names = texts.join("\n").matchAll(/\btest\(\s*"([^"]+)"/g);
    const tests = [...names].map(([, name = ""]) => sampleTest({ milestone, name }));
    expect(tests.map(anchorsOf({ steps: [], tests }).test)).toContain(address);
  }
});
