import { expect, test } from "vitest";
import { Redactor } from "./redact.ts";
import { asRecord, milestonesOf } from "./suites.ts";

test("groups stand for milestones, each once, in order", async () => {
  expect(await milestonesOf(["network", "ping", "etcd"])).toEqual(["flannel", "ping", "kube-proxy", "etcd"]);
});

test.each(["none-such", "constructor", "__proto__"])(
  "%s is no suite, and the known ones are named",
  async (name) => {
    await expect(milestonesOf([name])).rejects.toMatchObject({
      verdict: "usage",
      details: { hint: expect.stringContaining("kube-proxy") },
    });
  },
);

test("a test's record is parsed first and redacted then, so that no secret breaks it", () => {
  const message =
    'expected TOKEN="663eb46f" to be gone\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n{"token":"663eb46f"}';
  const line = JSON.stringify({
    startMs: 1500,
    facts: { [message]: message },
    failure: { verdict: "guide", message },
  });
  const record = asRecord(line, { startedAt: new Date(1000) }, new Redactor());
  expect(record).toMatchObject({ startMs: 500, failure: { verdict: "guide" } });
  expect(JSON.stringify(record)).not.toMatch(/663eb46f|MIIE/);
});
