import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { type Directive, keysOf, kinds } from "./directives.ts";
import { readInfo } from "./fence.ts";

const hosts = ["t71", "t72", "t76", "master", "nodes", "all"];

describe("readInfo", () => {
  test.each<[string, Directive]>([
    ["bash run id=start-etcd on=t71", { language: "bash", kind: "run", id: "start-etcd", on: ["t71"] }],
    ["bash run id=a on=t71 tty", { language: "bash", kind: "run", id: "a", on: ["t71"], tty: true }],
    ["text answers", { language: "text", kind: "answers" }],
    ["bash   run  on=t72,t76\tid=a", { language: "bash", kind: "run", id: "a", on: ["t72", "t76"] }],
    [
      "ini file id=unit on=nodes path=/usr/lib/a.service",
      {
        language: "ini",
        kind: "file",
        id: "unit",
        on: ["nodes"],
        path: "/usr/lib/a.service",
        mode: 0o644,
        append: false,
      },
    ],
    [
      'text file id=a on=all path="/etc/my-profile@1.conf" mode=0755 append',
      {
        language: "text",
        kind: "file",
        id: "a",
        on: ["all"],
        path: "/etc/my-profile@1.conf",
        mode: 0o755,
        append: true,
      },
    ],
    ["text output", { language: "text", kind: "output" }],
    ["text output within=60s", { language: "text", kind: "output", within: 60_000 }],
    ["text output within=5m", { language: "text", kind: "output", within: 300_000 }],
    ['text skip reason="only shown"', { language: "text", kind: "skip", reason: "only shown" }],
  ])("%s", (info, directive) => {
    expect(readInfo(info, hosts)).toEqual({ directive });
  });

  test.each<[string, [number, string][]]>([
    ["", [[0, "a fence without a directive"]]],
    ["bash", [[0, "a fence without a directive"]]],
    ["run id=a on=t71", [[0, "a fence without a language"]]],
    ["language=bash run id=a on=t71", [[0, "a fence without a language"]]],
    ["bash rum id=a on=t71", [[5, 'unknown directive "rum"']]],
    ["bash run=1 id=a on=t71", [[5, 'unknown directive "run"']]],
    ["bash run on=t71", [[0, "run without id"]]],
    ["bash run id on=t71", [[9, "cannot read id= of run"]]],
    ["bash run id=A on=t71", [[9, "cannot read id=A of run"]]],
    ["bash run id=a", [[0, "run without on"]]],
    ["bash run id=a on=t71,t77", [[14, 'unknown machine "t77"']]],
    ["bash run id=a on=", [[14, 'unknown machine ""']]],
    ["bash run id=a on=t71 path=/a", [[21, 'run has no key "path"']]],
    ["bash run id=a id=b on=t71", [[14, '"id" is given twice']]],
    [
      "bash run id=a on=t71 kind=file language=x",
      [
        [21, 'run has no key "kind"'],
        [31, 'run has no key "language"'],
      ],
    ],
    ["text file id=a on=t71", [[0, "file without path"]]],
    ["text file id=a on=t71 path=a", [[22, "cannot read path=a of file"]]],
    ["text file id=a on=t71 path=/a/../b", [[22, "cannot read path=/a/../b of file"]]],
    ["text file id=a on=t71 path=/a//b", [[22, "cannot read path=/a//b of file"]]],
    ["text file id=a on=t71 path=/a/", [[22, "cannot read path=/a/ of file"]]],
    ['text file id=a on=t71 path="/a b"', [[22, "cannot read path=/a b of file"]]],
    ["text file id=a on=t71 path=/a/./b", [[22, "cannot read path=/a/./b of file"]]],
    ["text file id=a on=t71 path=/$(ls)", [[22, "cannot read path=/$(ls) of file"]]],
    ["text file id=a on=t71 path=/{{machine.name}}", [[22, "cannot read path=/{{machine.name}} of file"]]],
    ["text file id=a on=t71 path=/a mode=0848", [[30, "cannot read mode=0848 of file"]]],
    ["text file id=a on=t71 path=/a mode=rw", [[30, "cannot read mode=rw of file"]]],
    ["text file id=a on=t71 path=/a append=yes", [[30, "cannot read append=yes of file"]]],
    ["bash run id=a on=t71 tty=yes", [[21, "cannot read tty=yes of run"]]],
    ["text answers on=t71", [[13, 'answers has no key "on"']]],
    ["text output within=60", [[12, "cannot read within=60 of output"]]],
    ["text output within=0s", [[12, "cannot read within=0s of output"]]],
    ["text skip", [[0, "skip without reason"]]],
    ['bash "run', [[4, 'cannot read `"run`']]],
    ['text skip reason=" "', [[10, "cannot read reason=  of skip"]]],
    [
      'text skip reason="open',
      [
        [9, 'cannot read `reason="open`'],
        [0, "skip without reason"],
      ],
    ],
    ["bash run id=__proto__ on=t71", [[9, "cannot read id=__proto__ of run"]]],
    ["bash run __proto__=a id=a on=t71", [[9, 'run has no key "__proto__"']]],
  ])("%s", (info, problems) => {
    const read = readInfo(info, hosts);
    expect("problems" in read ? read.problems.map(({ offset, message }) => [offset, message]) : read).toEqual(
      problems,
    );
  });

  test("says what was meant and what there is", () => {
    expect(readInfo("bash rum id=a on=t71", hosts)).toMatchObject({
      problems: [{ hint: `did you mean "run"? known: ${kinds.join(", ")}` }],
    });
    expect(readInfo("bash run id=a on=node", hosts)).toMatchObject({
      problems: [{ hint: `did you mean "nodes"? known: ${hosts.join(", ")}` }],
    });
    expect(readInfo("text file id=a on=t71 path=/a mod=0644", hosts)).toMatchObject({
      problems: [{ hint: 'did you mean "mode"? known: id, on, path, mode, append, literal' }],
    });
  });

  test.each([
    ["bash run on=t71", "write id=NAME"],
    ["bash run id=A on=t71", "write id=NAME"],
    ["bash run id=a on", "write on=MACHINES"],
    ["text file id=a on=t71", "write path=/absolute/path"],
    ["text file id=a on=t71 path=/a mode=rw", "write mode=0644"],
    ["text file id=a on=t71 path=/a append=yes", "write append alone"],
    ["text output within=60", "write within=60s"],
    ["text skip", 'write reason="'],
  ])("%s: %s", (info, hint) => {
    expect(readInfo(info, hosts)).toMatchObject({ problems: [{ hint: expect.stringContaining(hint) }] });
  });

  test("never throws", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("run", "file", "output", "skip", "id=", "on=t71", '"', "=", " "),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const read = readInfo(pieces.join(""), hosts);
        expect("directive" in read || read.problems.length > 0).toBe(true);
      }),
    );
  });
});

const language = fc.constantFrom("bash", "text", "ini", "yaml");
const id = fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}$/);
const on = fc.uniqueArray(fc.constantFrom(...hosts), { minLength: 1 });
const segment = fc
  .stringMatching(/^[A-Za-z0-9_+:@.-]{1,12}$/)
  .filter((text) => text !== "." && text !== "..");
const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join("/")}`);
const reason = fc.string({ minLength: 1 }).filter((text) => /\S/.test(text) && !text.includes('"'));

const flag = fc.constant(true as const);
const optional = { noNullPrototype: true };

const directive: fc.Arbitrary<Directive> = fc.oneof(
  fc.record({ language, kind: fc.constant("run"), id, on, tty: flag, literal: flag }, optional),
  fc.record({ language, kind: fc.constant("answers") }),
  fc.record(
    {
      language,
      kind: fc.constant("file"),
      id,
      on,
      path,
      mode: fc.nat(0o7777),
      append: fc.boolean(),
      literal: flag,
    },
    optional,
  ),
  fc.record(
    {
      language,
      kind: fc.constant("output"),
      within: fc.integer({ min: 1, max: 99_999 }).map((seconds) => seconds * 1000),
    },
    { requiredKeys: ["language", "kind"] },
  ),
  fc.record({ language, kind: fc.constant("skip"), reason }),
);

/** A directive as somebody writes it. */
function written({ language: word, kind, ...keys }: Directive): string {
  const words = Object.entries(keys).flatMap(([name, value]) => {
    if (name === "append" || name === "literal" || name === "tty") return value === true ? [name] : [];
    if (name === "mode") return [`mode=${Number(value).toString(8).padStart(4, "0")}`];
    if (name === "within") return [`within=${Number(value) / 1000}s`];
    return [name === "reason" ? `reason="${String(value)}"` : `${name}=${String(value)}`];
  });
  return [word, kind, ...words].join(" ");
}

test("what is written of a directive is read", () => {
  fc.assert(
    fc.property(directive, (value) => {
      expect(readInfo(written(value), hosts)).toEqual({ directive: value });
    }),
  );
});

test.each(kinds)("docs/guide-grammar.md has the directive %s with its keys", async (kind) => {
  const text = await readFile(join(projectRoot, "docs/guide-grammar.md"), "utf8");
  const [, keys = ""] = new RegExp(`^\\| \`${kind}\` \\| (.*?) \\|`, "m").exec(text) ?? [];
  expect(Array.from(keys.matchAll(/`\[?(\w+)/g), ([, name]) => name)).toEqual(keysOf(kind));
});
