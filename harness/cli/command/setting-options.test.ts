import { join, resolve } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { providerNames, setNames } from "../../choices.ts";
import { projectRoot } from "../../host/paths.ts";
import {
  aboutSetting,
  defaultSettings,
  settingNames,
  settingsSchema,
  type StoredSettings,
  withoutAbsent,
  wordsOf,
} from "../../settings/schema.ts";
import { optionsOf } from "../../rounds/pool/children.ts";
import { command, settingsOf } from "./command.ts";
import { valuesOf } from "../../settings/testing.ts";
import { askedFor, assertAlone, givenBy, withOwnCluster, withSettings } from "./setting-options.ts";

const anySettings: fc.Arbitrary<StoredSettings> = fc
  .tuple(...settingNames.map((name) => valuesOf(name).map((value) => [name, value] as const)))
  .map((entries) => settingsSchema.parse(withoutAbsent(entries)));

function read(words: readonly string[]): StoredSettings {
  const target = withSettings(command("any", "any"));
  target.argument("[word...]").parse(words, { from: "user" });
  return settingsSchema.parse(withoutAbsent(givenBy(target.opts())));
}

test("the help shows a default that says something, and no other", () => {
  const help = withOwnCluster(withSettings(command("any", "any"))).helpInformation();
  const shown = [...help.replaceAll(/\s+/g, " ").matchAll(/\((?:default|preset|choices): [^)]*\)/g)].map(
    ([each]) => each,
  );
  expect(shown).toEqual([
    "(default: one of its own)",
    "(default: nspawn)",
    "(default: the project's own, fixtures/guide/guide.md)",
    "(default: those of the guide)",
    "(default: 1)",
    "(default: 4h)",
  ]);
});

describe("every setting of the schema", () => {
  test("comes back from the options that another process is given, whatever it is and whatever follows", () => {
    fc.assert(
      fc.property(anySettings, fc.constantFrom([], ["word"], ["--json"]), (settings, others) => {
        expect(read([...optionsOf(settings), ...others])).toEqual(settings);
      }),
    );
  });

  test("comes back from JSON, and from files that have nothing of it", () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(settingsSchema.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
      }),
    );
    expect(settingsSchema.parse({})).toEqual(defaultSettings);
  });

  test.each(settingNames)("%s is in the help, and known to be asked for", (name) => {
    const target = withSettings(command("any", "any"));
    expect(target.helpInformation()).toContain(aboutSetting(name).option);
    expect([...askedFor(target)]).toEqual([]);
    const [value] = fc.sample(
      valuesOf(name).filter((one) => wordsOf(name, one).length > 0),
      1,
    );
    target.parse(wordsOf(name, value), { from: "user" });
    expect([...askedFor(target)]).toEqual([name]);
  });
});

test.each(settingNames)("%s is refused beside an option that has no use for it", (name) => {
  const target = withSettings(command("any", "any"));
  assertAlone(target, "--list", "Leave it out.");
  const [value] = fc.sample(
    valuesOf(name).filter((one) => wordsOf(name, one).length > 0),
    1,
  );
  target.parse(wordsOf(name, value), { from: "user" });
  expect(() => assertAlone(target, "--list", "Leave it out.")).toThrow(
    `--list does not take ${aboutSetting(name).option}`,
  );
});

test("paths are absolute, durations are milliseconds, --patience is the old name of --timeout-factor", () => {
  const words = ["--guide", "other.md", "--edits", "a", "b", "--deadline", "90m", "--patience", "2.5"];
  expect(read(words)).toEqual({
    ...defaultSettings,
    guide: resolve("other.md"),
    edits: [resolve("a"), resolve("b")],
    deadline: 90 * 60_000,
    timeoutFactor: 2.5,
  });
  expect(read(["--deadline", "0.5h"]).deadline).toBe(read(["--deadline", "1800s"]).deadline);
});

test("the help names an option by its present name, and by no other one first", () => {
  const help = withSettings(command("any", "any")).helpInformation();
  expect(help).toMatch(/^ {2}--timeout-factor <factor> /m);
});

test("--artifacts guide is the old name of --artifacts upstream, which a line says", () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    expect(read(["--artifacts", "guide"]).artifacts).toBe("upstream");
    expect(said.mock.calls).toEqual([["--artifacts guide is the old name of --artifacts upstream.\n"]]);
    expect(read(["--artifacts", "source"]).artifacts).toBe("source");
    expect(said).toHaveBeenCalledTimes(1);
  } finally {
    said.mockRestore();
  }
});

describe("a value that cannot be is refused with its option", () => {
  test.each([
    ...["0", "x", "1.5", "51", "-1", "", "Infinity"].map((value) => ["--nodes", value]),
    ...["0", "abc", "0.5", "101", "NaN", ""].map((value) => ["--timeout-factor", value]),
    ["--patience", "abc"],
    ...["0h", "4", "h", "1d", "-1h", "600h", "4 h"].map((value) => ["--deadline", value]),
  ])("%s %j", (option, value) => {
    const name = option === "--patience" ? "--timeout-factor" : option;
    expect(() => read([`${option}=${value}`])).toThrow(`${name} cannot be ${JSON.stringify(value)}`);
  });

  test.each([
    [{ guide: "/no/such.md" }, "/no/such.md", "Give --guide the path of a file that exists."],
    [{ edits: ["/no/such.yaml"] }, "/no/such.yaml", "Give --edits the path of a file that exists."],
    [{ edits: [projectRoot] }, projectRoot, "Give --edits the path of a file that exists."],
    [{ inventory: "/no/hosts.yaml" }, "/no/hosts.yaml", "Give --inventory the path of a file that exists."],
    [{ provider: "nspwan" }, "nspwan", `did you mean "nspawn"? known: ${providerNames.join(", ")}`],
    [{ artifacts: "debain" }, "debain", `did you mean "debian"? known: ${setNames.join(", ")}`],
    [{ online: true }, "reach no download site", "--online"],
    [{ adopt: true }, "makes its machines", "--adopt"],
    [{ provider: "vagrant", online: true, offline: true, artifacts: "upstream" }, "forbids it", "Leave one"],
  ])("%j", async (given, message, hint) => {
    const settings = settingsOf({ artifacts: "debian", ...given });
    await expect(settings).rejects.toThrow(message);
    await expect(settings).rejects.toMatchObject({
      verdict: "usage",
      details: { hint: expect.stringContaining(hint) },
    });
  });
});

test("--as-written without ids is every erratum there is", async () => {
  const { settings } = await settingsOf({
    artifacts: "debian",
    asWritten: ["all"],
    guide: join(projectRoot, "fixtures/guide/guide.md"),
  });
  expect(settings.errata.length).toBeGreaterThan(50);
});

test.each([
  ["guide", ["--guide=x.md"]],
  ["adopt", ["--adopt"]],
  ["timeoutFactor", ["--patience", "3"]],
  ["errata", ["--as-written"]],
] as const)("a command that does not take %s says so, and why", (name, words) => {
  const target = withSettings(command("any", "any"), { [name]: "It has its reasons." });
  expect(target.helpInformation()).not.toContain(aboutSetting(name).option);
  expect(() => target.parse(words, { from: "user" })).toThrow(
    `\`any\` does not take ${aboutSetting(name).option}`,
  );
});
