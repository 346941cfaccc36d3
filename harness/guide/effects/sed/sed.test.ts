import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { execaSync } from "execa";
import type { Part } from "../host.ts";
import { check, found } from "../testing.ts";
import { sedEdit } from "./script.ts";

const text = 'NAME="t71"\n# a [b] (c)\nURL=http://1.2.3.4:80/a\n  key: value # x\n\nlast+line';
const location = { file: "guide.md", line: 1 };
const action = { kind: "run", script: text } as const;
const part: Part = {
  step: {
    id: "1/a",
    section: "1",
    machine: "t71",
    location,
    endLine: 9,
    action,
    key: "1/a@t71",
    downloads: [],
    effects: [],
    changedBy: [],
  },
  offset: 100,
  text,
};
const made = (scripts: readonly string[], extended: boolean): string | undefined =>
  sedEdit(scripts, extended)?.(part)?.text;

/** What the program itself makes of it; undefined if it refuses. */
function sed(scripts: readonly string[], extended: boolean): string | undefined {
  const args = [...(extended ? ["-E"] : []), ...scripts.flatMap((script) => ["-e", script])];
  const { stdout, failed } = execaSync("sed", args, { input: text, stripFinalNewline: false, reject: false });
  return failed ? undefined : stdout;
}

/** Whether a script makes what the program makes, or is not understood. */
const isRight = (each: string, extended: boolean): boolean => {
  const own = made([each], extended);
  return own === undefined || own === sed([each], extended);
};

describe("a script makes what sed makes", () => {
  test.each([
    ["s/a/b/"],
    ["s/a/b/g"],
    ["s/a/b/2"],
    ["s/A/<&>/Ig"],
    ["s|http://1.2.3.4:80|x|"],
    [String.raw`s/http:\/\/\([0-9.]*\):\([0-9]\{2\}\)/\2 \1/`],
    [String.raw`s/[[:space:]]*#.*$//`],
    ["/^#/d"],
    ["/^#/!s/a/b/"],
    ["$d"],
    ["2d;1s/t71/t72/"],
    ["s/a/x/; s/x/y/g"],
    ["s/a+/x/", "s/(c)/x/", "s/[b]/y/"],
    [String.raw`s/last\+/x/`],
    [String.raw`s/\bvalue\b/\n\tnew/`],
    ["s/^/# /"],
    ["s/$/ end/"],
    ["s/*/x/"],
    [String.raw`s/a\/b/x/`],
    [String.raw`s/[^]a-z]/_/g`],
    [String.raw`s/\./\\/g`],
    [String.raw`s/&/\&/`],
    [String.raw`s/a/\&/`],
    ["s/x*/-/g"],
  ])("%j", (...scripts) => {
    for (const extended of [false, true]) expect(made(scripts, extended)).toBe(sed(scripts, extended));
  });

  test.each([["s/([ae])+/<\\1>/g"], ["s/^([A-Z]+)=(.*)$/\\2=\\1/"], ["s/a?b{1,2}/x/"]])(
    "%j with -E",
    (script) => expect(made([script], true)).toBe(sed([script], true)),
  );

  test("or is not understood", () => {
    const script = fc.stringMatching(/^s\/[a-z.*^$()|+?[\]{}\\0-9]{1,8}\/[a-z&\\0-9]{0,4}\/g?$/);
    expect(() => fc.assert(fc.property(script, fc.boolean(), isRight), { numRuns: 200 })).not.toThrow();
  });
});

test.each([
  "s/a/b/p",
  "s/a/b/w f",
  "y/a/b/",
  "1,2d",
  "s/(a*)*b/c/",
  "s/.*[a-z]*x/c/",
  "s/a/\\U&/",
  "s/[[:punct:]]//",
  "a\\ text",
  "s/a\0/b/",
  "s/a|b/c/",
  "s/a/b",
])("%j is not understood", (script) => expect(made([script], true)).toBeUndefined());

function place(script: string, what: string): number | undefined {
  const edited = sedEdit([script], false)?.(part);
  return edited?.places?.[edited.text.indexOf(what)];
}

test("each character knows where it was written", () => {
  expect(place("s/t71/another/", "URL")).toBe(100 + text.indexOf("URL"));
  expect(place("s/t71/another/", "another")).toBe(100 + text.indexOf("t71"));
  expect(place("s/t71/another/", '"\n')).toBe(100 + text.indexOf('"\n'));
  // Places are of UTF-16's units, as the text's own are.
  const odd = sedEdit(["s/a/😀/"], false)?.({ ...part, text: "😀 a b" });
  expect(odd?.places).toHaveLength(odd?.text.length ?? 0);
  expect(odd?.places?.[odd.text.indexOf("b")]).toBe(100 + "😀 a ".length);
  expect(place("/^#/d", "last")).toBe(100 + text.indexOf("last"));
});

const unit = (program: string, folder: string) =>
  `cat > a.service <<EOF\n[Service]\nWorkingDirectory=${folder}\nExecStart=${program}\n[Install]\nWantedBy=multi-user.target\nEOF\n`;
const start = "\ncp a.service /etc/systemd/system/\nsystemctl enable --now a";

describe("a template is what sed makes of it", () => {
  test.each([
    `sed -i -e 's|##DIR##|/opt|' a.service${start}`,
    `sed -i 's|##DIR##|/opt|' a.service${start}`,
    `DIR=/opt\nsed -i "s|##DIR##|$DIR|" a.service${start}`,
    `cp a.service b; sed 's|##DIR##|/opt|' b > a.service${start}`,
    `cp a.service b; cat b | sed -e 's|##DIR##|/opt|' > a.service${start}`,
    "sed 's|##DIR##|/opt|' a.service > /etc/systemd/system/a.service\nsystemctl enable --now a",
  ])("%j", async (script) => expect(await found(unit("/usr/bin/sleep 9", "##DIR##") + script)).toEqual([]));

  test("what is wrong with it is told where the template has it", async () => {
    expect(await found(`${unit("/opt/none", "/opt")}sed -i 's|/opt$|/srv|' a.service${start}`)).toEqual([
      "8:11 files/missing",
    ]);
    expect(
      await found(`${unit("/usr/bin/sleep 9", "/opt")}sed -i 's|=/opt|=/none|' a.service${start}`),
    ).toEqual(["7:17 files/folder"]);
  });

  test("its folder holds what nobody knows the name of", async () => {
    const write = "for n in $(cat list); do\n  sed s/a/b/ template > a-$n.conf\ndone";
    expect(await found(`touch list template\n${write}\ncp a-1.conf /opt/\nscp a-2.conf t72:/opt/`)).toEqual(
      [],
    );
    expect(await found(`mkdir /x\ntar xf /x.tgz -C /x || true\ncp /x/* /opt/\n/opt/tool\n/srv/tool`)).toEqual(
      ["9:1 files/missing"],
    );
  });
});

test("what sed does to a file that steps wrote is told where nobody can follow it", async () => {
  const { unfollowed } = await check("echo a > b\nsed -i '1,2d' b\nsed -i 1,2d /etc/hosts");
  expect(unfollowed.map(({ command }) => command)).toEqual(["sed -i '1,2d' b"]);
});
