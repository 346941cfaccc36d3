import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { UsageError } from "../../errors.ts";
import { loadErrata } from "../edit/errata.ts";
import { editNames } from "../edit/folder.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { buildPlan, type PlanInput } from "./plan.ts";
import { portsFor } from "../edit/ports.ts";
import { giveProfile } from "../../profile/testing.ts";
import { temporaryFolder } from "../../testing.ts";

const files = {
  "guide/guide.md": `# Title
## 1 First
\`\`\`bash run id=fetch on=nodes
wget https://example.org/a.tar.gz
echo {{machine.name}} {{machine.address}} {{machine.name}}
\`\`\`
\`\`\`text output within=2s
t{{word}}
\`\`\`
\`\`\`text file id=conf on=t72,master path=/etc/a mode=0600 append
address={{machine.address}}
\`\`\`
`,
  "guide/errata/one.yaml": `id: one
section: "1"
class: typo
written: wgte
corrected: wget
why: a slip
symptom: { step: 1/fetch, message: not found }
holds_for: { sets: [guide], systems: [centos7] }
changes:
  - { reason: as written, step: 1/fetch, find: wget, replace: wgte }
`,
  "guide/ports/other.yaml": `name: other
title: Another system
changes:
  - { reason: no network, step: 1/fetch, find: example.org, replace: localhost }
`,
  "guide/errata/misnamed.yaml": `id: one
section: "1"
class: typo
written: a
corrected: b
why: c
symptom: { none: prose }
holds_for: { sets: [], systems: [] }
changes: []
`,
  "guide/ports/misnamed.yaml": "name: other\ntitle: Another\nchanges: []\n",
  "guide/ports/broken.yaml": "name: broken\nchanges: [1]\ntitel: x\n",
  "mutant.yaml": `id: mutant
milestone: etcd
changes:
  - { reason: to be found, step: 1/fetch, find: localhost, replace: nowhere }
`,
};

const folder = temporaryFolder();
beforeAll(async () => {
  await Promise.all(
    ["errata", "ports"].map((name) => mkdir(join(folder, "guide", name), { recursive: true })),
  );
  await giveProfile(join(folder, "guide"));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
});

const build = (input: Partial<PlanInput> = {}) =>
  buildPlan({
    guideFile: join(folder, "guide/guide.md"),
    ports: [],
    errata: [],
    extraEdits: [],
    ...input,
  });
const scriptOf = async (input: Partial<PlanInput>): Promise<string | undefined> => {
  const step = (await build(input)).groups[0]?.steps[0];
  return step?.action.kind === "run" ? step.action.script : undefined;
};

test("binds blocks to machines, in the guide's order", async () => {
  const plan = await build();
  expect(plan.accounting).toMatchObject({ run: 1, file: 1, output: 1, skip: 0, total: 3 });
  expect(plan.groups.map(({ id, steps }) => [id, steps.map(({ key }) => key)])).toEqual([
    ["1/fetch", ["1/fetch@t72", "1/fetch@t76"]],
    ["1/conf", ["1/conf@t71", "1/conf@t72"]],
  ]);
  const file = join(folder, "guide/guide.md");
  expect(plan.groups[0]?.steps[1]).toEqual({
    key: "1/fetch@t76",
    id: "1/fetch",
    section: "1",
    machine: "t76",
    location: { file, line: 3, column: 1 },
    endLine: 6,
    action: { kind: "run", script: "wget https://example.org/a.tar.gz\necho t76 192.168.4.76 t76" },
    expect: { text: "t{{word}}", location: { file, line: 7, column: 1 }, within: 2000 },
    downloads: ["https://example.org/a.tar.gz"],
    parts: [
      { script: "wget https://example.org/a.tar.gz\n", fetchers: ["wget"], alone: true, quiet: false },
      { script: "echo t76 192.168.4.76 t76", fetchers: [], alone: false, quiet: false },
    ],
    asks: [
      {
        capability: "download",
        what: "https://example.org/a.tar.gz",
        location: { file, line: 4, column: 6 },
        optional: false,
      },
    ],
    effects: [
      { machine: "t76", does: "runs", what: "wget", sure: true },
      { machine: "t76", does: "downloads", what: "https://example.org/a.tar.gz", sure: true },
      { machine: "t76", does: "writes", what: "/root/a.tar.gz", sure: true },
      { machine: "t76", does: "runs", what: "echo", sure: true },
    ],
    changedBy: [],
  });
  expect(plan.groups[1]?.steps[0]).toMatchObject({
    action: { kind: "file", path: "/etc/a", mode: 0o600, append: true, content: "address=192.168.4.71" },
    downloads: [],
  });
  expect(plan.groups[1]?.steps[0]).not.toHaveProperty("expect");
});

test("binds answers to the terminal of their block, for each machine and wherever it is", async () => {
  const guideFile = join(folder, "guide/asking.md");
  await writeFile(
    guideFile,
    `# Title
## 1 First
\`\`\`bash run id=ask on=nodes tty
ssh-copy-id 192.168.4.71
\`\`\`
\`\`\`text answers
root@192.168.4.71's {{word}}: => a => {{machine.name}}

Sure? =>
\`\`\`
\`\`\`text output
done
\`\`\`
\`\`\`bash run id=alone on=t71 tty
tty
\`\`\`
`,
  );
  const layout = [
    { name: "m", address: "10.0.0.1", role: "master" as const },
    { name: "n", address: "10.0.0.2", role: "node" as const },
  ];
  const { groups, accounting } = await build({ guideFile, layout });
  expect(
    groups.flatMap(({ steps }) => steps.map(({ action, expect: shown }) => [action, shown?.text])),
  ).toEqual([
    [
      {
        kind: "run",
        script: "ssh-copy-id 10.0.0.1",
        tty: [
          { prompt: "root@10.0.0.1's {{word}}:", reply: "a => n" },
          { prompt: "Sure?", reply: "" },
        ],
      },
      "done",
    ],
    [{ kind: "run", script: "tty", tty: [] }, undefined],
  ]);
  expect(accounting).toMatchObject({ run: 2, answers: 1, output: 1, total: 4 });
});

test("applies errata, then ports, then further edits, and notes each", async () => {
  const input = { errata: ["one"], ports: ["other"], extraEdits: [join(folder, "mutant.yaml")] };
  expect(await scriptOf(input)).toMatch(/^wgte https:\/\/nowhere\/a\.tar\.gz\n/);
  expect((await build(input)).groups[0]?.steps[0]?.changedBy).toEqual([
    { id: "one", reason: "as written" },
    { id: "other", reason: "no network" },
    { id: "mutant", reason: "to be found" },
  ]);
});

test("does not leave out a change that does not fit", async () => {
  await expect(build({ extraEdits: [join(folder, "mutant.yaml")] })).rejects.toThrow(
    /mutant\.yaml:4:\d+: 1\/fetch does not contain the text/,
  );
});

describe("names", () => {
  test("that are unknown are answered with the nearest one, and where all are", async () => {
    const port = build({ ports: ["othr"] });
    await expect(port).rejects.toThrow('unknown port "othr"');
    await expect(port).rejects.toMatchObject({
      verdict: "usage",
      details: { hint: 'did you mean "other"? ports/ beside the guide has them all' },
    });
    await expect(build({ errata: ["two"] })).rejects.toMatchObject({
      details: { hint: "errata/ beside the guide has them all" },
    });
    await expect(build({ guideFile: join(folder, "guide/none.md") })).rejects.toThrow(UsageError);
    await expect(build({ extraEdits: [join(folder, "none.yaml")] })).rejects.toThrow(
      /cannot read .*none\.yaml/,
    );
  });

  test("are listed", async () => {
    expect(await editNames(join(folder, "guide/ports"))).toEqual(["broken", "misnamed", "other"]);
    expect(await editNames(join(folder, "guide/errata"))).toEqual(["misnamed", "one"]);
  });

  test("are those of the files", async () => {
    await expect(build({ errata: ["misnamed"] })).rejects.toThrow(
      /misnamed\.yaml:1: .*"one" is not the file's name/,
    );
    await expect(build({ ports: ["misnamed"] })).rejects.toThrow(
      /misnamed\.yaml:1: .*"other" is not the file's name/,
    );
  });
});

test("an erratum says what it is", async () => {
  expect(await loadErrata(join(folder, "guide/errata"), ["one"])).toMatchObject([
    {
      id: "one",
      section: "1",
      class: "typo",
      symptom: { step: "1/fetch", message: "not found" },
      holdsFor: { sets: ["upstream"], not_sets: [], systems: ["centos7"] },
      changes: [{ kind: "replace" }],
    },
  ]);
});

test("all faults of a port come together, each with its place", async () => {
  const broken = build({ ports: ["broken"] });
  await expect(broken).rejects.toThrow(InvalidGuideError);
  await expect(broken).rejects.toThrow(
    /broken\.yaml:1:1: title: .*\n.*\n.*broken\.yaml:2:11: a change that changes nothing\n.*\n.*broken\.yaml:3:1: unknown key "titel"\n    did you mean "title"\?/,
  );
});

test("a guide is carried by the ports that it has, without a folder of ports by none", async () => {
  const guideFile = join(folder, "guide/guide.md");
  expect(portsFor(guideFile, ["none", "other"])).toEqual(["other"]);
  expect(portsFor(join(folder, "elsewhere/guide.md"), ["other"])).toEqual([]);
});
