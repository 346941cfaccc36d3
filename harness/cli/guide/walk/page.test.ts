import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { parseGuide } from "../../../guide/parse/parse.ts";
import { readText } from "../../../input/yaml-file.ts";
import { profile } from "../../../profile/testing.ts";
import { group, run, step } from "../../../run/testing.ts";
import { Redactor } from "../../../secrets/redact.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import { defaultSettings, planOf } from "../../../settings/settings.ts";
import { pageOf } from "./page.ts";
import { laidOut, proseOf } from "./prose.ts";

const look = { colours: new Chalk({ level: 0 }), columns: 60, redactor: new Redactor(["s3cret-t0ken"]) };
const { guide } = defaultSettings;
const text = await readText(guide);
const written = parseGuide(text, guide, profile);
const plan = await planOf({ ...defaultSettings, provider: "nspawn", artifacts: "debian" });

test("all of the guide's prose is shown, each line once and in order, and each block at its place", () => {
  const { before, after } = proseOf(text, written, plan);
  const shown = [...before.values(), after].flat();
  const fenced = new Set(
    written.blocks.flatMap(({ location, endLine }) =>
      Array.from({ length: endLine - location.line + 1 }, (_, index) => location.line + index),
    ),
  );
  const prose = text.split("\n").filter((_, index) => !fenced.has(index + 1));
  expect(shown.filter((line) => !/^\((?:not run|left out here): |^ {4}/.test(line))).toEqual(
    prose.filter((line) => !/^ {4}/.test(line)),
  );
  const inserted = plan.groups.filter(({ id }) => !before.has(id));
  for (const { steps } of inserted) expect(steps[0]?.changedBy).not.toEqual([]);
  for (const { id } of plan.dropped) expect(shown.join("\n")).toContain(`(left out here: ${id}: `);
  expect(before.get("2.4.4/start-etcd")?.join("\n")).toMatch(/^\n?#### 2\.4\.4 /);
});

test("a page has the prose, the machines, the place, what is typed and what it prints, without secrets", () => {
  const expecting = {
    expect: { text: "up {{age}}", location: { file: "guide.md", line: 12 }, within: 30_000 },
  };
  const shown = pageOf(
    ["", "## 2 Start", "", "Give the token s3cret-t0ken to all."],
    group(
      step("2/start", "t72", run("start --token=s3cret-t0ken 10.0.0.2"), expecting),
      step("2/start", "t76", run("start --token=s3cret-t0ken 10.0.0.6"), {
        ...expecting,
        changedBy: [{ id: "debian", reason: "no CentOS" }],
      }),
    ),
    look,
  );
  expect(shown).toBe(`## 2 Start

Give the token [redacted] to all.

2/start  on t72, t76  guide.md:7
  t72
  │ start --token=[redacted] 10.0.0.2
  t76
  │ start --token=[redacted] 10.0.0.6
  prints within 30 s, repeated until then
  │ up {{age}}`);
});

test("what a port has changed says by whom and why", () => {
  const twice = { id: "debian", reason: "There is no CentOS here." };
  const page = pageOf([], group(step("2/start", "t71", run("start"), { changedBy: [twice, twice] })), look);
  expect(page).toMatch(/│ start\n {2}not as in the guide: debian: There is no CentOS here\.$/);
});

test("paragraphs and items are wrapped, tables and what is indented are not", () => {
  expect(
    laidOut(
      [
        "",
        "one two three four five",
        "",
        "",
        "",
        "- an item that is long",
        "| a table | is as it | is |",
        "",
        "",
      ],
      12,
    ),
  ).toBe("one two\nthree four\nfive\n\n- an item\n  that is\n  long\n| a table | is as it | is |");
});

test("the guide's own pages tell no secret", () => {
  const { before } = proseOf(text, written, plan);
  const pages = plan.groups.map((one) =>
    pageOf(before.get(one.id) ?? [], one, { ...look, redactor: processRedactor }),
  );
  expect(pages.join("\n")).toContain("`[redacted]`");
  expect(pages.join("\n")).not.toContain("663eb46fb81c4cf2");
});
