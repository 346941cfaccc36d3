import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { loadProfile } from "../../profile/profile.ts";
import { profile as own } from "../../profile/testing.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import { etcdMembers, memberId } from "../edit/relocate.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { buildPlan } from "./plan.ts";
import { temporaryFolder } from "../../testing.ts";

const members = { ...own, etcd: { ...own.etcd, token: "k8s" } };
const profile = {
  ...members,
  machines: [
    { name: "a", address: "172.16.0.1", role: "master", etcd: true, values: { member: "etcd1" } },
    {
      name: "b",
      address: "172.16.0.2",
      role: "node",
      etcd: true,
      values: { member: "etcd2", zone: "north" },
    },
    { name: "c", address: "172.16.0.3", role: "node", values: { zone: "south" } },
  ],
  claims: "7",
};
const guide = `# Another guide
## 1 First
\`\`\`bash run id=join on=etcd
echo {{machine.member}} at {{machine.address}}
\`\`\`
\`\`\`bash run id=label on=nodes
echo {{machine.zone}}
\`\`\`
\`\`\`bash run id=members on=a
etcdctl member list
\`\`\`
\`\`\`text output
${memberId(members, "172.16.0.1")}: name=etcd1
${memberId(members, "172.16.0.2")}: name=etcd2
\`\`\`
## 7 What it gives
- \`claim:works\` It works.
`;

const folder = temporaryFolder();
beforeAll(async () => {
  await writeFile(join(folder, "guide.md"), guide);
  await writeFile(join(folder, "profile.yaml"), stringify(profile));
});

const planned = async (layout?: readonly MachineSpec[]) =>
  buildPlan({
    guideFile: join(folder, "guide.md"),
    ports: [],
    errata: [],
    extraEdits: [],
    ...(layout && { layout }),
  });
const scripts = async (layout?: readonly MachineSpec[]): Promise<string[]> =>
  (await planned(layout)).groups.flatMap(({ steps }) =>
    steps.map(({ key, action }) => `${key}: ${action.kind === "run" ? action.script : ""}`),
  );

test("another guide has machines, members of etcd, values and a section of claims of its own", async () => {
  expect((await scripts()).slice(0, 4)).toEqual([
    "1/join@a: echo etcd1 at 172.16.0.1",
    "1/join@b: echo etcd2 at 172.16.0.2",
    "1/label@b: echo north",
    "1/label@c: echo south",
  ]);
  expect((await planned()).guide.claims.map(({ id }) => id)).toEqual(["7/works"]);
});

const layout = (...names: string[]): MachineSpec[] =>
  names.map((name, index) => ({
    name,
    address: `10.0.0.${index + 1}`,
    role: index === 0 ? "master" : "node",
  }));

test("what the guide knows of a machine holds for the one in its place", async () => {
  expect((await scripts(layout("m", "n1", "n2"))).slice(0, 4)).toEqual([
    "1/join@m: echo etcd1 at 10.0.0.1",
    "1/join@n1: echo etcd2 at 10.0.0.2",
    "1/label@n1: echo north",
    "1/label@n2: echo south",
  ]);
  const shown = (await planned(layout("m", "n1", "n2"))).groups[2]?.steps[0]?.expect?.text;
  expect(shown).toBe(
    `${memberId(members, "10.0.0.1")}: name=etcd1\n${memberId(members, "10.0.0.2")}: name=etcd2`,
  );
});

test("members of etcd are the machines in the places of the guide's", () => {
  const facts = { ...profile, machines: loadProfile(join(folder, "guide.md")).machines };
  const named = (machines: readonly MachineSpec[]) => etcdMembers(facts, machines).map(({ name }) => name);
  expect(named(layout("m", "n1", "n2"))).toEqual(["m", "n1"]);
  expect(named(layout("m", "n1", "n2", "n3"))).toEqual(["m", "n1"]);
});

test("a machine without a value that a step asks for is an error with the step's place", async () => {
  const more = planned(layout("m", "n1", "n2", "n3"));
  await expect(more).rejects.toThrow(InvalidGuideError);
  await expect(more).rejects.toThrow(/guide\.md:6:\d+: n3 has no value for \{\{machine\.zone\}\}/);
});
