import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test, vi } from "vitest";
import type { CheckFinding, CheckReport } from "../../guide/check/index.ts";
import { projectRoot } from "../../host/paths.ts";
import { printCheck, type Rules } from "./check.ts";

const file = join(projectRoot, "fixtures/guide/guide.md");
const finding: CheckFinding = {
  rule: "units/verb",
  level: "error",
  location: { file, line: 263, column: 11 },
  step: "2.4.4/start-etcd",
  message: 'systemctl has no verb "100 %: enabel"',
  hint: "enable",
};
const kept: CheckFinding = {
  ...finding,
  rule: "security/token",
  level: "warning",
  message: "a token that everybody knows",
  kept: "bootstrap-token-printed",
};
const report: CheckReport = {
  findings: [finding],
  kept: [kept, kept],
  blocks: 80,
  steps: 100,
  unfollowed: [],
};
const rules: Rules = {
  "units/verb": ["error", "systemctl is called with verbs that it has"],
  "security/token": ["warning", "Tokens are made by the reader"],
};

test("for a person: file, line, column, reason, rule, step, hint, and a summary", () => {
  const text = stripVTControlCharacters(printCheck(report, rules, "text", 321));
  expect(text).toContain(
    '  fixtures/guide/guide.md:263:11: error   systemctl has no verb "100 %: enabel" (units/verb, 2.4.4/start-etcd)\n      enable\n',
  );
  const where = "fixtures/guide/guide.md:263:11, fixtures/guide/guide.md:263:11";
  expect(text).toContain(`  ${where}: a token that everybody knows (bootstrap-token-printed)\n`);
  expect(text).toMatch(/^1 error, 0 warnings: 80 blocks, 100 steps, 0 commands not followed, 0\.32 s$/m);
});

test("the change that may have caused it is told with its place, in every format", () => {
  const causes = [
    { id: "2.4.2/settings", kind: "changed", location: { file, line: 208 }, lines: ["- a", "+ b"] },
    { id: "2.4.1/gone", kind: "removed", location: { file: "/tmp/x/guide.md", line: 1 }, lines: ["- c"] },
  ] as const;
  const caused = { ...report, findings: [{ ...finding, causes }] };
  const lines = [
    "since HEAD 2.4.2/settings was changed at fixtures/guide/guide.md:208: - a; + b",
    "since HEAD 2.4.1/gone was removed: - c",
  ];
  expect(stripVTControlCharacters(printCheck(caused, rules, "text", 0))).toContain(
    `      ${lines.join("\n      ")}\n`,
  );
  expect(printCheck(caused, rules, "github", 0)).toContain(lines.join("%0A"));
  const [result] = JSON.parse(printCheck(caused, rules, "sarif", 0)).runs[0].results;
  expect(result.message.text).toContain(lines.join("\n"));
  expect(result.relatedLocations).toMatchObject([
    { id: 0, physicalLocation: { region: { startLine: 208 } } },
  ]);
});

test("a clean guide is said to be clean", () => {
  const clean = stripVTControlCharacters(
    printCheck({ ...report, findings: [], kept: [] }, rules, "text", 50),
  );
  expect(clean).toBe("clean: 80 blocks, 100 steps, 0 commands not followed, 50 ms\n");
});

test("what could not be followed is counted, and told with its place", () => {
  const unfollowed = [{ location: { file, line: 7, column: 3 }, command: "make install" }];
  const text = stripVTControlCharacters(
    printCheck({ ...report, findings: [], kept: [], unfollowed }, rules, "text", 50),
  );
  expect(text).toContain("  fixtures/guide/guide.md:7:3: make install\n");
  expect(text).toContain("clean: 80 blocks, 100 steps, 1 command not followed, 50 ms\n");
});

test("JSON has counts and findings as they are", () => {
  const read = JSON.parse(printCheck(report, rules, "json", 321.4));
  expect(read).toEqual({ errors: 1, warnings: 0, milliseconds: 321, ...report });
});

test("on GitHub each finding annotates its line; what would be a command is text", () => {
  const [line] = printCheck(report, rules, "github", 0).split("\n");
  expect(line).toBe(
    '::error file=fixtures/guide/guide.md,line=263,col=11,title=units/verb::systemctl has no verb "100 %25: enabel"%0Aenable',
  );
});

test("in a workflow SARIF leads to the page in the repository", () => {
  vi.stubEnv("GITHUB_SERVER_URL", "https://git.example");
  vi.stubEnv("GITHUB_REPOSITORY", "a/b");
  vi.stubEnv("GITHUB_SHA", "1a2b");
  const { runs } = JSON.parse(printCheck(report, rules, "sarif", 0));
  vi.unstubAllEnvs();
  expect(runs[0].tool.driver.informationUri).toBe(
    "https://git.example/a/b/blob/1a2b/docs/how-to-change-the-guide.md",
  );
});

test("SARIF 2.1.0: rules, places relative to the project, what is kept suppressed", () => {
  const { version, runs } = JSON.parse(printCheck(report, rules, "sarif", 0));
  expect(version).toBe("2.1.0");
  const [{ tool, results, originalUriBaseIds }] = runs;
  expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(["units/verb", "security/token"]);
  expect(originalUriBaseIds.SRCROOT.uri).toMatch(/^file:\/\/\/.*\/$/);
  expect(results[0]).toMatchObject({
    ruleId: "units/verb",
    ruleIndex: 0,
    level: "error",
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: "fixtures/guide/guide.md", uriBaseId: "SRCROOT" },
          region: { startLine: 263, startColumn: 11 },
        },
        logicalLocations: [{ fullyQualifiedName: "2.4.4/start-etcd" }],
      },
    ],
  });
  expect(tool.driver.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(tool.driver.informationUri).toMatch(/^file:\/\/\/.*\/docs\/how-to-change-the-guide\.md$/);
  expect(results[0].suppressions).toBeUndefined();
  expect(results[1].suppressions).toMatchObject([{ kind: "external" }]);
});
