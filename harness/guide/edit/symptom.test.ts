import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeSymptom, faultSchema, findMessage, symptomSchema } from "./symptom.ts";

describe("a message", () => {
  test.each([
    ["no such file", "cp: no  such\tfile", "no such file"],
    ["(a+b)", "what (a+b) is", "(a+b)"],
    ["/x\\d+/", "an x12", "x12"],
    ["/^yes$/", "warning\nyes", "yes"],
    ["/^yes$/", "yes, but", undefined],
    ["no such file", "no such\nfile", undefined],
  ])("%j in %j is %j", (message, text, found) => {
    expect(findMessage(message, text)).toBe(found);
  });

  test("that is plain is found in whatever holds it", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.stringMatching(/^[a-z.*+ ]*[a-z.*+]$/),
        fc.string(),
        (before, message, after) => {
          expect(findMessage(message, `${before}${message}${after}`)).toBeDefined();
        },
      ),
    );
  });
});

describe("a symptom", () => {
  test.each([
    { step: "2.4.4/start-etcd", message: "/(/" },
    { step: "2.4.4/start-etcd" },
    { milestone: "nodes", step: "2.4.4/start-etcd", message: "both" },
    { probe: { on: "t71", run: "ls", prints: "x", within: "soon" } },
    { none: " " },
    {},
  ])("cannot be %j", (symptom) => {
    expect(symptomSchema.safeParse(symptom).success).toBe(false);
  });

  test.each([
    [{ step: "2.4.4/start-etcd", machine: "t71", message: "no" }, "2.4.4/start-etcd on t71 fails: no"],
    [{ milestone: "nodes", message: "no" }, "milestone nodes is red: no"],
    [{ probe: { on: "t71", run: "a\nb\n", prints: "x", within: "5s" } }, "on t71, `a; b` prints x"],
    [{ none: "prose" }, "none: prose"],
  ])("%j reads %j", (symptom, line) => {
    expect(describeSymptom(symptomSchema.parse(symptom))).toBe(line);
  });
});

test.each([
  [{ after: "1.1/stop-firewalld", on: "t72", run: "true" }, true],
  [{ after: "1.1/stop-firewalld", on: "t72", reboot: true }, true],
  [{ after: "1.1/stop-firewalld", on: "t72", run: "true", reboot: true }, false],
  [{ after: "1.1/stop-firewalld", on: "t72", reboot: false }, false],
  [{ after: "1.1/stop-firewalld", on: "t72" }, false],
])("a fault %j is read: %s", (fault, read) => {
  expect(faultSchema.safeParse(fault).success).toBe(read);
});
