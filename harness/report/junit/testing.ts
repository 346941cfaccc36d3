import { junitXml } from "@allurereport/reader";
import { BufferResultFile, type RawTestResult } from "@allurereport/reader-api";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { z } from "zod";

const ignore = async (): Promise<void> => undefined;

/** What Allure's reader makes of a file; undefined if it takes it for none of its own. */
export async function inAllure(text: string): Promise<RawTestResult[] | undefined> {
  const results: RawTestResult[] = [];
  const visitor = {
    visitTestResult: async (result: RawTestResult) => void results.push(result),
    visitCheckResult: ignore,
    visitMetrics: ignore,
    visitTestFixtureResult: ignore,
    visitAttachmentFile: ignore,
    visitMetadata: ignore,
    visitGlobals: ignore,
  };
  const isRead = await junitXml.read(visitor, new BufferResultFile(Buffer.from(text), "junit.xml"));
  return isRead ? results : undefined;
}

/**
 * What an element may have, in words: attributes, of which those with a `!` are required, and children. `text` is text. It is
 * valid in the schema of Jenkins' xUnit plugin but for what stands behind the `+`, for readers that follow a place or show
 * properties of a case.
 */
const rules: Readonly<Record<string, readonly [attributes: string, children: string]>> = {
  testsuites: ["name time tests failures errors + skipped", "testsuite"],
  testsuite: [
    "name! tests! failures! errors! time skipped timestamp hostname id package file log url version group",
    "properties testcase system-out system-err",
  ],
  testcase: [
    "name! classname! time group + file line",
    "skipped error failure system-out system-err + properties",
  ],
  properties: ["", "property"],
  property: ["name! value!", ""],
  failure: ["message type", "text"],
  error: ["message type", "text"],
  skipped: ["message type", "text"],
  "system-out": ["", "text"],
  "system-err": ["", "text"],
};

type Element = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
};

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  trimValues: false,
});
const nodes = z.array(z.record(z.string(), z.unknown()));

function elementsOf(parsed: unknown): Element[] {
  return nodes.parse(parsed).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ":@") ?? "";
    if (name === "#text" || name.startsWith("?")) return [];
    const inside = nodes.parse(node[name]);
    return [
      {
        name,
        attributes: z.record(z.string(), z.string()).parse(node[":@"] ?? {}),
        children: elementsOf(inside),
        text: inside.map((each) => z.string().catch("").parse(each["#text"])).join(""),
      },
    ];
  });
}

/** What of a file is not as readers of JUnit take it, a sentence each. */
export function breaches(xml: string): string[] {
  if (XMLValidator.validate(xml) !== true) return ["it is no XML"];
  const [root, ...others] = elementsOf(parser.parse(xml));
  if (root?.name !== "testsuites" || others.length > 0) return ["its root is not testsuites"];
  return [...all(root).flatMap(ofElement), ...all(root).flatMap(ofCounts), ...ofCases(all(root))];
}

const all = (element: Element): Element[] => [element, ...element.children.flatMap(all)];

function ofElement({ name, attributes, children, text }: Element): string[] {
  const [may = [], inside = []] = rules[name]?.map((words) => words.split(" ")) ?? [];
  const required = may.filter((word) => word.endsWith("!")).map((word) => word.slice(0, -1));
  const { value, time = "0", ...others } = attributes;
  return [
    ...required.filter((one) => attributes[one] === undefined).map((one) => `${name} has no ${one}`),
    ...Object.keys(attributes)
      .filter((one) => !may.includes(one) && !required.includes(one))
      .map((one) => `${name} has ${one}`),
    ...(value === "" ? [`${name} ${others["name"]} is empty`] : []),
    ...children.filter((child) => !inside.includes(child.name)).map((child) => `${child.name} in ${name}`),
    ...(text.trim() !== "" && !inside.includes("text") ? [`text in ${name}`] : []),
    ...(/^\d+(\.\d{1,3})?$/.test(time) ? [] : [`${name} takes ${time}`]),
  ];
}

function ofCounts(element: Element): string[] {
  if (element.name !== "testsuites" && element.name !== "testsuite") return [];
  const cases = all(element).filter(({ name }) => name === "testcase");
  const having = (child: string): number =>
    cases.filter(({ children }) => children.some(({ name }) => name === child)).length;
  const counts = {
    tests: cases.length,
    failures: having("failure"),
    errors: having("error"),
    skipped: having("skipped"),
  };
  return Object.entries(counts)
    .filter(([name, number]) => element.attributes[name] !== String(number))
    .map(([name, number]) => `${element.name} says ${element.attributes[name]} ${name}, and has ${number}`);
}

function ofCases(elements: readonly Element[]): string[] {
  const cases = elements.filter(({ name }) => name === "testcase");
  const names = cases.map(({ attributes: { classname = "", name = "" } }) => `${classname} ${name}`);
  const again = cases.filter((_, index) => names.indexOf(names[index] ?? "") < index);
  return [...again.map(({ attributes }) => `${attributes["name"]} is there twice`), ...cases.flatMap(ofCase)];
}

function ofCase({ attributes, children }: Element): string[] {
  const { classname = "", name = "", file, line } = attributes;
  const ends = children.filter((child) => ["failure", "error", "skipped"].includes(child.name));
  return [
    ...(classname.split(".").length > 2 ? [`${classname} falls apart at its last dot`] : []),
    ...(ends.length > 1 ? [`${name} has ${ends.length} ends`] : []),
    ...ends.filter((end) => !end.attributes["message"]).map((end) => `${end.name} of ${name} has no message`),
    ...(line !== undefined && (file === undefined || !/^[1-9]\d*$/.test(line))
      ? [`${name} is in line ${line} of ${file}`]
      : []),
  ];
}
