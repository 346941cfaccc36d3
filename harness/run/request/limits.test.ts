import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NotPossibleHere } from "../../errors.ts";
import type { Ask, StepGroup } from "../../guide/types.ts";
import type { Capability, Limitation } from "../../machines/machine.ts";
import { projectRoot } from "../../host/paths.ts";
import {
  assertPossible,
  describeImpossible,
  impossibleIn,
  limitationsFor,
  limitationsOf,
  unprovableOn,
} from "./limits.ts";
import { defaultSettings, planOf, type Settings } from "../../settings/settings.ts";
import { group as groupOf, planOf as planOfGroups, run, step } from "../testing.ts";

const ask = (capability: Capability, what: string, line: number, optional = false): Ask => ({
  capability,
  what,
  location: { file: "guide.md", line },
  optional,
});

const group = (id: string, machines: readonly string[], ...asks: Ask[]): StepGroup => ({
  id,
  steps: machines.map((machine) => ({
    key: `${id}@${machine}`,
    id,
    section: "1",
    machine,
    location: { file: "guide.md", line: 1 },
    endLine: 2,
    action: { kind: "run", script: "" },
    downloads: [],
    effects: [],
    changedBy: [],
    ...(asks.length > 0 && { asks }),
  })),
});

const planWith = (one: ReturnType<typeof step>) => planOfGroups(groupOf(one));

const limitations: readonly Limitation[] = [
  { capability: "terminal", reason: "nobody is there" },
  { capability: "modules", reason: "no kernel of its own", has: (name) => name === "overlay" },
];

test.for([
  ["sudo apt-get -y install curl", ["terminal"]],
  ["apt install rsync", ["terminal"]],
  ["yum install -y rsync", ["terminal", "centos"]],
  ["echo apt install rsync", ["terminal", "centos"]],
] as const)("a guide that says `%s` reckons with all but %j", ([script, capabilities]) => {
  const all: readonly Limitation[] = [
    { capability: "terminal", reason: "nobody is there" },
    { capability: "centos", reason: "it is Debian" },
  ];
  const plan = planWith(step("1/a", "t71", run(script)));
  expect(limitationsFor(plan, all).map(({ capability }) => capability)).toEqual(capabilities);
  const ported = planWith(
    step("1/a", "t71", run(script), { changedBy: [{ id: "debian12", reason: "none" }] }),
  );
  expect(limitationsFor(ported, all)).toHaveLength(2);
});

const hints = (hint: string): unknown =>
  expect.objectContaining({ details: expect.objectContaining({ hint: expect.stringContaining(hint) }) });

test("what machines lack is told once, with place and reason; what they have is not", () => {
  const groups = [
    group("1/a", ["t72", "t76"], ask("terminal", "vim x", 5), ask("modules", "overlay", 6)),
    group("1/b", ["t71"], ask("modules", "ip_vs", 9, true), ask("clock", "date -s 0", 10)),
    group("1/c", ["t71"]),
  ];
  const impossible = impossibleIn(groups, limitations);
  expect(impossible.map(describeImpossible)).toEqual([
    "guide.md:5: vim x: nobody is there",
    "guide.md:9: ip_vs: no kernel of its own",
  ]);
  expect(() => assertPossible(impossible)).toThrow(NotPossibleHere);
  expect(() => assertPossible(impossible)).toThrow("1/a: vim x: nobody is there");
  const lacks = (capability: "terminal" | "modules") => (): void =>
    assertPossible(impossible.map((one) => Object.assign({}, one, { capability, optional: false })));
  expect(lacks("terminal")).toThrow(hints("the flag `tty`"));
  expect(lacks("modules")).toThrow(hints("Choose machines"));
  // The step goes on without the other.
  expect(() => assertPossible(impossible.slice(1))).not.toThrow();
});

const settings = (more: Partial<Settings>): Settings => ({ ...defaultSettings, ...more });

const answered = async (artifacts: string, url: string): Promise<boolean | undefined> =>
  (await limitationsOf(settings({ artifacts })))
    .find(({ capability }) => capability === "download")
    ?.has?.(url);
const reaching = async (online: boolean): Promise<string[]> =>
  (await limitationsOf(settings({ provider: "vagrant", online }))).map(({ capability }) => capability);

test("embedded machines fetch what their set has, whatever the query; others fetch the rest by themselves", async () => {
  const server = "https://dl.k8s.io/v1.14.0/kubernetes-server-linux-amd64.tar.gz";
  expect(await answered("debian", `${server}?x=1`)).toBe(true);
  expect(await answered("upstream", `${server}?x=1`)).toBe(true);
  expect(await answered("debian", "https://dl.k8s.io/v1.14.0/kubernetes-src.tar.gz")).toBe(false);
  for (const set of ["upstream", "source"]) {
    expect(await answered(set, server.replace("1.14.0", "1.14.1"))).toBe(false);
  }
  expect(await reaching(true)).toEqual(["terminal", "reboot"]);
  // yum asks no site, unless the run is online.
  expect(await reaching(false)).toEqual(["terminal", "reboot", "packages"]);
});

test("what an assist of every run hides is not proved, whatever the machines are", () => {
  for (const provider of ["nspawn", "vagrant", "inventory"] as const) {
    const claims = unprovableOn(settings({ provider, inventory: "/nowhere" })).map(({ claim }) => claim);
    expect(claims).toContain("pull of the pause and workload images");
  }
});

const fixtures = async (folder: string): Promise<string[]> =>
  (await readdir(join(projectRoot, "fixtures/guide", folder))).map((name) => name.replace(/\.yaml$/, ""));

describe.each(["debian", "source", "upstream"])("with the set %s", async (artifacts) => {
  const none = await limitationsOf(settings({ artifacts }));
  test("the guide, corrected or with any of its errata, asks for nothing that embedded machines cannot do", async () => {
    for (const errata of [
      [],
      ...(await fixtures("errata")).filter((id) => id !== "proved.json").map((id) => [id]),
    ]) {
      const plan = await planOf(settings({ artifacts, errata }));
      expect(impossibleIn(plan.groups, none).map(describeImpossible)).toEqual([]);
    }
  });
});
