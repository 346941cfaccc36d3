import { createRequire } from "node:module";
import type { Builder, TestCase, TestSuite } from "junit-report-builder";
import type { SourceLocation } from "../../errors.ts";
import { shortPath } from "../../host/paths.ts";
import { headline, plain } from "../text.ts";

// The package is CommonJS whose types speak of a `default` that is not there.
const builder: Builder = createRequire(import.meta.url)("junit-report-builder");

/** A step, a test, or one item of a round of many runs, as JUnit has it. */
export type Case = {
  /** Without a dot but between its two parts: readers split it at the last one. */
  readonly className: string;
  readonly name: string;
  readonly seconds: number;
  /** `failed` where what was tried is wrong, `error` where nothing could be said. */
  readonly outcome: "passed" | "failed" | "error" | "skipped";
  readonly place?: SourceLocation | undefined;
  /** A word for it, such as `survived`. */
  readonly type?: string | undefined;
  /** What is told of it; its first line is the headline. */
  readonly detail?: string | undefined;
  readonly output?: string | undefined;
  readonly properties?: Readonly<Record<string, string>>;
};

type Suite = {
  /** Of the file, and of its suite unless that has another one. */
  readonly name: string;
  readonly title?: string;
  readonly startedAt?: string;
  /** From the first start to the last end, for cases may run side by side; else their sum. */
  readonly seconds?: number;
  readonly properties?: readonly (readonly [name: string, value: string])[];
};

export function suiteXml(
  { name, title = name, startedAt, seconds, properties = [] }: Suite,
  cases: readonly Case[],
): string {
  const report = builder.newBuilder().name(name);
  const sum = cases.reduce((all, each) => all + each.seconds, 0);
  const suite = report
    .testSuite()
    .name(title)
    .time(rounded(seconds ?? sum));
  if (startedAt !== undefined) suite.timestamp(startedAt.replace(/\.\d+Z$/u, ""));
  addProperties(suite, properties);
  for (const each of cases) addCase(suite, each);
  return `${report.build()}\n`;
}

/** The class of a step of the guide, such as `guide.4-2-5`. */
export const sectionClass = (section: string): string => `guide.${section.replaceAll(".", "-")}`;

function addCase(suite: TestSuite, { className, name, seconds, properties = {}, ...each }: Case): void {
  const { outcome, place, type = outcome, detail = "", output = "" } = each;
  const made = suite.testCase().className(className).name(plain(name)).time(rounded(seconds));
  if (place) made.file(shortPath(place.file));
  addProperties(made, Object.entries(properties));
  const told = cdata(plain(detail));
  const first = headline(told);
  if (outcome === "skipped") made.skipped();
  if (outcome === "error") made.error(first || type, type, told);
  if (outcome === "failed") made.failure(first || type, type).stacktrace(told);
  const said = outcome === "passed" && told !== "" ? [told, output] : [output];
  const text = said.map((part) => cdata(plain(part))).filter(Boolean);
  if (text.length > 0) made.standardOutput(text.join("\n\n"));
  complete(made, { line: place?.line, reason: outcome === "skipped" ? first || type : "" });
}

/** Of an empty value some readers make another one. */
function addProperties(to: TestSuite | TestCase, properties: NonNullable<Suite["properties"]>): void {
  for (const [key, value] of properties) {
    const text = plain(value);
    if (text !== "") to.property(key, text);
  }
}

/** Adds what the library has no word for: the line of the place, and why a case was skipped. */
function complete(made: TestCase, { line, reason }: { line: number | undefined; reason: string }): void {
  const build = made.build.bind(made);
  made.build = (parent) => {
    const element = build(parent);
    if (line !== undefined) element.att("line", line);
    const skipped = element.children.find((child) => "name" in child && child.name === "skipped");
    // Some readers take the attribute, others the text.
    if (reason !== "") skipped?.att("message", reason).dat(reason);
    return element;
  };
}

/** The library ends a CDATA section at the second `]]>` of a text; so there is none. */
const cdata = (text: string): string => text.replaceAll("]]>", "]] >");

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
