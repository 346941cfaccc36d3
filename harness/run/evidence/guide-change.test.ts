import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { giveProfile, profile } from "../../profile/testing.ts";
import { temporaryFolder } from "../../testing.ts";
import type { Plan } from "../../guide/types.ts";
import { changeOf, sameBeginning, suiteOrder } from "./guide-change.ts";
import { defaultSettings, planOf } from "../../settings/settings.ts";

const plan = await planOf(defaultSettings);
const written = (...errata: string[]): Promise<Plan> => planOf({ ...defaultSettings, errata });
const change = (before: Plan, after: Plan) => changeOf(before, after, profile);

test("a guide does not differ from itself", () => {
  expect(change(plan, plan)).toEqual({ blocks: [], sections: [], guards: [] });
  expect(sameBeginning(plan, plan).groups).toEqual(plan.groups);
});

test("a changed block is told with its place, what differs, and who guards its section", async () => {
  const typo = await written("etcd-unit-wantedby-typo");
  const { blocks, sections, guards } = change(plan, typo);
  expect(blocks).toMatchObject([{ id: "2.4.3/etcd-unit", kind: "changed" }]);
  expect(blocks[0]?.location.line).toBeGreaterThan(1);
  expect(blocks[0]?.lines.join("\n")).toMatch(/^- .*\n\+ .*$/);
  expect({ sections, guards }).toEqual({ sections: ["2.4.3"], guards: ["etcd"] });
  expect(sameBeginning(plan, typo).groups.at(-1)?.id).toBe("2.4.3/make-data-folder");
});

const asking = [
  "# G",
  "## 1 A",
  "```bash run id=a on=t71 tty",
  "read -p 'Name: ' name",
  "read -p 'Sure? ' sure",
  "```",
  "",
  "Answer:",
  "",
  "```text answers",
  "Name: => etcd",
  "",
  "Sure? => yes",
  "```",
  "",
  "```text output",
  "Name: etcd",
  "Sure? yes",
  "```",
];

async function planWith(edits: Readonly<Record<string, string>> = {}): Promise<Plan> {
  const folder = join(temporaryFolder(), "guide");
  await mkdir(folder);
  await giveProfile(folder, { kept: false, claims: false });
  await writeFile(join(folder, "guide.md"), asking.map((line) => edits[line] ?? line).join("\n"));
  return planOf({ ...defaultSettings, guide: join(folder, "guide.md") });
}

test.each([
  ["an answer", { "Sure? => yes": "Sure? => y" }, [13]],
  ["a prompt", { "Name: => etcd": "Names: => etcd" }, [11]],
  ["a line of the output", { "Sure? yes": "Sure? y" }, [18]],
  [
    "a command, an answer and the output",
    { "read -p 'Sure? ' sure": "read -p 'Sure? ' is", "Sure? => yes": "Sure? =>", "Sure? yes": "Sure?" },
    [5, 13, 18],
  ],
])("the place of a change is its own line: %s", async (_, edits, lines) => {
  const { blocks } = change(await planWith(), await planWith(edits));
  const [{ location, edited } = {}] = blocks;
  expect(blocks).toHaveLength(1);
  expect(edited ?? [location?.line]).toEqual(lines);
  expect(location?.line).toBe(lines[0]);
});

/** The guide itself with one text in a file of it replaced by another of as many lines, and where that stands. */
async function guideWith(file: string, from: string, to: string) {
  const folder = join(temporaryFolder(), "guide");
  await cp(dirname(defaultSettings.guide), folder, { recursive: true });
  const text = await readFile(join(folder, file), "utf8");
  await writeFile(join(folder, file), text.replace(from, to));
  const after = await planOf({ ...defaultSettings, guide: join(folder, "guide.md") });
  return { after, line: text.slice(0, text.indexOf(from)).split("\n").length };
}

test.for([
  [
    "guide.md",
    'ETCD_LISTEN_CLIENT_URLS="https://192.168.4.71:2379"',
    'ETCD_LISTEN_CLIENT_URLS="x"',
    "2.4.2/etcd-settings",
  ],
  [
    "guide.md",
    "--etcd-servers=https://192.168.4.71:2379 ",
    "--etcd-servers=https://192.168.4.71 ",
    "2.6.2.2/apiserver-settings",
  ],
  ["ports/debian12-versions.yaml", 'ETCD_ENABLE_V2="true"', 'ETCD_ENABLE_V2="false"', "2.4.2/etcd-settings"],
] as const)(
  "the place of a change is its own line where a port has changed the block, too: %s %s",
  async ([file, from, to, id]) => {
    const { after, line } = await guideWith(file, from, to);
    const [block] = change(plan, after).blocks;
    expect(block).toMatchObject({ id, location: { line } });
    expect(block?.location.file.endsWith(file)).toBe(true);
  },
);

test("what is gone comes last, what was moved is told once", () => {
  const [first, second, ...rest] = plan.groups;
  if (!first || !second) throw new Error("no blocks");
  const shuffled = { ...plan, groups: [second, first, ...rest.slice(0, -1)] };
  const { blocks } = change(plan, shuffled);
  expect(blocks.map(({ id, kind }) => [kind, id])).toEqual([
    ["moved", first.id],
    ["removed", rest.at(-1)?.id],
  ]);
  expect(sameBeginning(plan, shuffled).groups).toEqual([]);
});

test("guards come first, then their group, then the others", () => {
  expect(suiteOrder(["nodes", "flannel"], profile)).toEqual([
    "nodes",
    "flannel",
    "ping",
    "kube-proxy",
    "etcd",
    "apiserver",
    "csr",
    "components",
    "workflow",
    "path",
  ]);
  expect(suiteOrder([], profile)).toEqual([
    "etcd",
    "apiserver",
    "csr",
    "nodes",
    "flannel",
    "ping",
    "kube-proxy",
    "components",
    "workflow",
    "path",
  ]);
});
