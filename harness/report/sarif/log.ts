import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { SourceLocation } from "../../errors.ts";
import { projectRoot, shortPath } from "../../host/paths.ts";

/** What a finding is of: its id, how grave it is, and a sentence. */
export type SarifRule = { readonly id: string; readonly level: "error" | "warning"; readonly text: string };

type Tool = {
  readonly name: string;
  /** The page of the project that says how to read it, relative to the project. */
  readonly page: string;
  readonly rules: readonly SarifRule[];
};

/** A log of the Static Analysis Results Interchange Format, SARIF 2.1.0 (OASIS), with one run of one tool. */
export const sarifLog = ({ name, page, rules }: Tool, run: object) => ({
  $schema: "https://json.schemastore.org/sarif-2.1.0.json",
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          name,
          version: ownVersion(),
          informationUri: pageUri(page),
          rules: rules.map(({ id, level, text }) => ({
            id,
            shortDescription: { text },
            defaultConfiguration: { level },
          })),
        },
      },
      columnKind: "utf16CodeUnits",
      originalUriBaseIds: { SRCROOT: { uri: `${pathToFileURL(projectRoot).href}/` } },
      ...run,
    },
  ],
});

/** A place, with the step that stands there. */
export const sarifPlace = ({ file, line, column }: SourceLocation, step?: string) => ({
  physicalLocation: {
    artifactLocation: artifact(file),
    region: { startLine: line, ...(column !== undefined && { startColumn: column }) },
  },
  ...(step !== undefined && { logicalLocations: [{ fullyQualifiedName: step }] }),
});

function artifact(file: string): { uri: string; uriBaseId?: string } {
  const short = shortPath(file);
  if (isAbsolute(short)) return { uri: pathToFileURL(short).href };
  return { uri: short.split("/").map(encodeURIComponent).join("/"), uriBaseId: "SRCROOT" };
}

const ownVersion = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")))
    .version;

/** Where the page can be read: on the server that runs the workflow, elsewhere in this checkout. */
function pageUri(page: string): string {
  const {
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_SHA: commit = "HEAD",
  } = process.env;
  return server && repository
    ? `${server}/${repository}/blob/${commit}/${page}`
    : pathToFileURL(join(projectRoot, page)).href;
}
