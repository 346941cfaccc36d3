import { pathToFileURL } from "node:url";
import { isAbsolute } from "node:path";
import type { CheckFinding, CheckReport } from "../../guide/check/index.ts";
import { projectRoot } from "../../host/paths.ts";
import type { Rules } from "./check.ts";
import { shortPath } from "../text.ts";

/** A log of the Static Analysis Results Interchange Format, SARIF 2.1.0 (OASIS). What is kept is suppressed there. */
export const sarif = ({ findings, kept }: CheckReport, rules: Rules) => ({
  $schema: "https://json.schemastore.org/sarif-2.1.0.json",
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          name: "guide-check",
          rules: Object.entries(rules).map(([id, [level, text]]) => ({
            id,
            shortDescription: { text },
            defaultConfiguration: { level },
          })),
        },
      },
      columnKind: "utf16CodeUnits",
      originalUriBaseIds: { SRCROOT: { uri: `${pathToFileURL(projectRoot).href}/` } },
      results: [...findings, ...kept].map((finding) => result(finding, Object.keys(rules))),
    },
  ],
});

const result = (
  { rule, level, location, step, message, hint, kept }: CheckFinding,
  ids: readonly string[],
) => ({
  ruleId: rule,
  ruleIndex: ids.indexOf(rule),
  level,
  message: { text: `${message}. ${hint}` },
  locations: [
    {
      physicalLocation: {
        artifactLocation: artifact(location.file),
        region: {
          startLine: location.line,
          ...(location.column !== undefined && { startColumn: location.column }),
        },
      },
      ...(step !== undefined && { logicalLocations: [{ fullyQualifiedName: step }] }),
    },
  ],
  ...(kept !== undefined && {
    suppressions: [{ kind: "external", justification: `described by the erratum ${kept}` }],
  }),
});

function artifact(file: string): { uri: string; uriBaseId?: string } {
  const short = shortPath(file);
  if (isAbsolute(short)) return { uri: pathToFileURL(short).href };
  return { uri: short.split("/").map(encodeURIComponent).join("/"), uriBaseId: "SRCROOT" };
}
