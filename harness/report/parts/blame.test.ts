import { Chalk } from "chalk";
import { expect, test } from "vitest";
import type { Blame } from "../../record/blame.ts";
import { blameScreen } from "../console/screens.ts";
import { page } from "../html/page.ts";
import { junitFiles } from "../junit/junit.ts";
import { sampleContext, sampleBlame, sampleFailure, sampleRecord, sampleTest } from "../sample.ts";

const colours = new Chalk({ level: 0 });

const large: Blame = sampleBlame({
  steps: Array.from({ length: 8 }, () => sampleBlame().steps).flat(),
  units: Array.from({ length: 4 }, () => sampleBlame().units).flat(),
  since: {
    run: "20190401T091500-e2e-41",
    blocks: Array.from({ length: 20 }, () => sampleBlame().since?.blocks ?? []).flat(),
    inputs: Array.from({ length: 20 }, (_, index) => `artifact ${index}`),
    durations: Array.from({ length: 20 }, (_, index) => `step ${index}`),
  },
});

test("the terminal names the step that changed first, its place, and what differs", () => {
  const lines = blameScreen(sampleRecord({ blames: [sampleBlame()] }), colours).split("\n");
  expect(lines[0]).toBe("⌕ Blame: flannel subnets: 1 red test");
  expect(lines.slice(1, 5).map((line) => line.trim())).toEqual([
    "suspect",
    "changed since the last green run: 4.1/register-network (/guides/guide.md:885)",
    "- 10.254.0.0/16",
    "+ 10.253.0.0/16",
  ]);
  expect(lines.join("\n")).toContain("flanneld on t72: disabled: it would not start with the machine");
});

test("what a unit is, and of which kind two reasons are, is said once", () => {
  const {
    steps: [step],
    units: [unit],
  } = sampleBlame();
  const used = ["/k8s/a", "/k8s/b"].map((file) => `used by what failed: wrote ${file}`);
  const down = {
    active: "failed",
    sub: "failed",
    exitStatus: 2,
    result: "exit-code",
    odd: "failed, result exit-code, exit code 2",
  };
  const blame = sampleBlame({
    steps: [{ ...step!, why: used }],
    units: [{ ...unit!, ...down }],
  });
  const screen = blameScreen(sampleRecord({ blames: [blame] }), colours);
  expect(screen).toContain(":885  used by what failed: wrote /k8s/a; wrote /k8s/b");
  expect(screen).toContain("flanneld on t72: failed, result exit-code, exit code 2; disabled, 0 restarts\n");
  const complains = sampleBlame({
    units: [{ ...unit!, exitStatus: 1, odd: "complaining: ended with exit code 12" }],
  });
  expect(blameScreen(sampleRecord({ blames: [complains] }), colours)).toContain(
    "exit code 12; active (running), disabled, 0 restarts, exit code 1\n",
  );
});

test("a journal's line is whole, but on the terminal: there it is short, and says that it is cut", () => {
  const {
    units: [unit],
  } = sampleBlame();
  const end = `Node "k8s_t72" is invalid: ${"a DNS-1123 subdomain must consist of lower case ".repeat(4)}.`;
  const line = `Nov 30 12:47:28 t72 kubelet[913]: E1130 12:47:28.994216     913 status.go:94] Unable to register: ${end}`;
  const blames = [sampleBlame({ units: [{ ...unit!, journal: line }] })];
  const red = sampleTest({ milestone: "flannel", outcome: "failed", failure: sampleFailure() });
  const record = sampleRecord({ verdict: "guide", tests: [red], blames });
  expect(junitFiles(record)["flannel.xml"]).toContain(line);
  const told = blameScreen(record, colours)
    .split("\n")
    .find((one) => one.includes("Unable"));
  expect(told?.trim()).toMatch(/^Nov 30 12:47:28 kubelet: E status\.go:94\] Unable to register: Node .*…$/u);
  expect(told?.trim().length).toBeLessThanOrEqual(160);
});

test("what was added or removed is not said to have changed", () => {
  const [step] = sampleBlame().steps;
  const blame = sampleBlame({ steps: [{ ...step!, why: ["added to HEAD (1a2b3c4d)"] }] });
  expect(blameScreen(sampleRecord({ blames: [blame] }), colours)).toContain(
    "added to HEAD (1a2b3c4d): 4.1/register-network (/guides/guide.md:885)",
  );
});

test("the suspect's machines are named, be they one or two", () => {
  const [step] = sampleBlame().steps;
  const { machine: _, ...both } = sampleBlame({ steps: [{ ...step!, machines: ["t72", "t76"] }] });
  expect(blameScreen(sampleRecord({ blames: [both] }), colours)).toMatch(/^ {2}machines +t72, t76$/mu);
  expect(blameScreen(sampleRecord({ blames: [sampleBlame()] }), colours)).toMatch(/^ {2}machine +t71$/mu);
});

test("a blame fits on a screen however much was found, with all red milestones", () => {
  const others = ["ping", "kube-proxy", "nodes", "csr", "etcd", "apiserver"].map((of) => sampleBlame({ of }));
  const screen = blameScreen(sampleRecord({ blames: [large, ...others] }), colours);
  expect(screen.split("\n").length).toBeLessThanOrEqual(40);
  expect(screen).toContain("also red     kube-proxy distribution: 1 red test: 4.1/register-network");
});

test("JUnit's failure text and the page have the blame", () => {
  const record = sampleRecord({
    verdict: "guide",
    tests: [sampleTest({ milestone: "flannel", outcome: "failed", failure: sampleFailure() })],
    blames: [sampleBlame()],
  });
  const told = "changed since the last green run: 4.1/register-network (/guides/guide.md:885)";
  expect(junitFiles(record)["flannel.xml"]).toContain(told);
  expect(page(record, sampleContext(record))).toContain(told);
});

test("who has no green run to compare with is told so", () => {
  const { since: _, ...blame } = sampleBlame();
  expect(blameScreen(sampleRecord({ blames: [blame] }), colours)).toContain(
    "no earlier run like this one was green",
  );
});
