import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../errors.ts";
import { InvalidFileError } from "../../../input/findings.ts";
import { projectRoot } from "../../../host/paths.ts";
import { loadPins, parsePins, pinsFile, replaceDigests } from "./pins.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);
const c = "c".repeat(128);
const entry = (name: string, extra = ""): string =>
  `  - name: ${name}\n    version: tool 1\n    url: https://up.example/${name}\n    layout: program\n${extra}`;

describe("the project's pins", () => {
  test("name every file that the guide fetches, by the address that the guide has", async () => {
    const guide = await readFile(join(projectRoot, "fixtures/guide/guide.md"), "utf8");
    const fetched = [...guide.matchAll(/^wget (https:\S+)$/gm)].map(([, url]) => url);
    const { inputs } = await loadPins({});
    const required = inputs.filter(({ optional }) => !optional);
    expect(new Set(required.map(({ urls }) => urls[0]))).toEqual(new Set(fetched));
    for (const { name, urls } of required) expect(urls[0].endsWith(`/${name}`)).toBe(true);
  });

  test("name the file of the erratum that fetches 1.13.1, as optional", async () => {
    const { inputs } = await loadPins({});
    expect(inputs.filter(({ optional }) => optional).map(({ urls }) => urls[0])).toEqual([
      "https://dl.k8s.io/v1.13.1/kubernetes-node-linux-amd64.tar.gz",
    ]);
  });

  test("pin all but the two for which no digest was found", async () => {
    const { inputs, rebuilt } = await loadPins({});
    expect(inputs.filter(({ digest }) => !digest).map(({ name }) => name)).toEqual([
      "flannel-v0.10.0-linux-amd64.tar.gz",
      "cfssl-certinfo_linux-amd64",
    ]);
    expect(rebuilt).toBeUndefined();
    expect(inputs[0]?.digest?.from).toMatch(/^harness\/artifacts\/upstream\/pins\.yaml:\d+$/);
  });
});

describe("a pins file", () => {
  test("may give both digests; the stronger counts", () => {
    const [pin] = parsePins(`inputs:\n${entry("tool", `    sha256: ${a}\n    sha512: ${c}\n`)}`, "p.yaml");
    expect(pin?.digest).toEqual({ algorithm: "sha512", hex: c, from: "p.yaml:7" });
  });

  test.each([
    [
      `inputs:\n${entry("tool", "    sha256: abc\n")}`,
      "p.yaml:6:5: sha256: must be 64 lower-case hexadecimal digits",
    ],
    [`inputs:\n${entry("tool", "    sha1: abc\n")}`, 'p.yaml:6:5: unknown key "sha1"'],
    [`inputs:\n${entry("../tool")}`, "p.yaml:2:5: name: must be a file name"],
    [`inputs:\n${entry("tool")}${entry("tool")}`, 'p.yaml:6:5: a second "tool"'],
    ["inputs:\n  - name: tool\n    layout: [/abs]\n", "p.yaml:3"],
    [
      `inputs:\n${entry("tool").replace("https:", "file:")}`,
      "p.yaml:4:5: url: must be an http or https address",
    ],
    ["inputs: []\n", "p.yaml:1:1: inputs"],
    ["pins: []\n", "p.yaml:1:1"],
    ["inputs: [\n", "p.yaml:"],
    ["", "p.yaml:1"],
  ])("%j is refused with file and line", (text, message) => {
    expect(() => parsePins(text, "p.yaml")).toThrow(InvalidFileError);
    expect(() => parsePins(text, "p.yaml")).toThrow(message);
  });
});

describe("GUIDE_PINS", () => {
  const upstream = parsePins(
    `inputs:\n${entry("tool", `    sha256: ${a}\n`)}${entry("other")}${entry("third", `    sha256: ${a}\n`)}`,
    "p.yaml",
  );

  test("replaces digests and says whose are not upstream's", () => {
    const text = `inputs:\n  - name: tool\n    sha256: ${b}\n  - name: other\n    sha256: ${b}\n  - name: third\n    sha256: ${a}\n`;
    const { inputs, rebuilt } = replaceDigests(upstream, text, "own.yaml");
    expect(inputs.map(({ digest }) => digest?.hex)).toEqual([b, b, a]);
    expect(inputs[0]?.digest?.from).toBe("own.yaml:3");
    expect(rebuilt).toEqual({ files: ["tool", "other"], pins: "own.yaml" });
  });

  test.each([
    [
      `inputs:\n  - name: tol\n    sha256: ${b}\n`,
      'own.yaml:2:5: the guide has no input "tol"\n    did you mean "tool"?',
    ],
    ["inputs:\n  - name: tool\n", "own.yaml:2:5: this: needs a sha256 or a sha512"],
    [`inputs:\n  - name: tool\n    sha: ${b}\n`, 'unknown key "sha"'],
    [`inputs:\n${entry("tool", `    sha256: ${b}\n`)}`, 'own.yaml:4:5: unknown key "url"'],
  ])("%j is refused with file and line", (text, message) => {
    expect(() => replaceDigests(upstream, text, "own.yaml")).toThrow(message);
  });

  test("that names no file is refused", async () => {
    await expect(loadPins({ GUIDE_PINS: "/no/such.yaml" })).rejects.toThrow(UsageError);
    await expect(loadPins({ GUIDE_PINS: "" }, pinsFile)).resolves.not.toHaveProperty("rebuilt");
  });
});
