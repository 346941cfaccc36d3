import { z } from "zod";
import type { SourceLocation } from "../../errors.ts";
import { InvalidGuideError, type Finding } from "../invalid-guide.ts";
import { checkShape, parseYaml, readText, type YamlFile } from "../../input/yaml-file.ts";

/** One change of a guide's block, and why. */
export type Change = {
  readonly reason: string;
  readonly step: string;
  /** Where the value of `key` stands in the YAML. */
  readonly locate: (key: string) => SourceLocation;
} & (
  | {
      readonly kind: "replace";
      /** In the output or the answers that belong to the step, and not in its own block. A proof's digest is of this shape. */
      readonly output: boolean;
      readonly answers?: true;
      readonly find: string;
      readonly replace: string;
      /** A place in `replace` as a place in the YAML. */
      readonly locateInText: (line: number, column: number) => SourceLocation;
    }
  | { readonly kind: "drop" }
  | { readonly kind: "move"; readonly on: readonly string[] }
  | {
      readonly kind: "insert";
      readonly place: "before" | "after";
      readonly insert: string;
      /** A place in `insert` as a place in the YAML. */
      readonly locateInText: (line: number, column: number) => SourceLocation;
    }
);

/** Changes that belong together; `id` names them in plans and reports. */
export type Edits = { readonly id: string; readonly changes: readonly Change[] };

const shapeHint = "docs/guide-grammar.md lists the keys of errata and ports and what they hold";

const text = z.string().regex(/\S/, "is empty");
const of = { reason: text, step: text };
const replace = z.strictObject({
  ...of,
  output: z.literal(true).optional(),
  answers: z.literal(true).optional(),
  find: z.string().min(1, "is empty"),
  replace: z.string(),
});
const drop = z.strictObject({ ...of, drop: z.literal(true) });
const move = z.strictObject({ ...of, on: text });
const insertAfter = z.strictObject({ reason: text, after: text, insert: text });
const insertBefore = z.strictObject({ reason: text, before: text, insert: text });

type ReadChange = { readonly data: Change } | { readonly findings: readonly Finding[] };

function readChange(value: unknown, yaml: YamlFile, index: number): ReadChange {
  const path = ["changes", index];
  const has = (key: string): boolean => typeof value === "object" && value !== null && key in value;
  const locate = (key: string): SourceLocation => yaml.locate([...path, key]);
  const locatorIn =
    (key: string) =>
    (line: number, column: number): SourceLocation =>
      yaml.locateInText([...path, key], line, column);
  const read = <T>(schema: z.ZodType<T>, change: (data: T) => Change): ReadChange => {
    const checked = checkShape(schema, value, yaml, path, shapeHint);
    return "findings" in checked ? checked : { data: change(checked.data) };
  };

  const inserts = { kind: "insert", locate, locateInText: locatorIn("insert") } as const;
  if (has("insert") && has("before")) {
    return read(insertBefore, ({ before, ...data }) => ({
      ...inserts,
      ...data,
      place: "before",
      step: before,
    }));
  }
  if (has("insert"))
    return read(insertAfter, ({ after, ...data }) => ({ ...inserts, ...data, place: "after", step: after }));
  if (has("drop")) return read(drop, ({ reason, step }) => ({ kind: "drop", reason, step, locate }));
  if (has("on"))
    return read(move, ({ on, ...data }) => ({ kind: "move", ...data, on: on.split(","), locate }));
  if (has("find")) {
    const locateInText = locatorIn("replace");
    return read(replace, ({ output = false, answers, ...data }) => ({
      kind: "replace",
      ...data,
      output,
      ...(answers && { answers }),
      locate,
      locateInText,
    }));
  }
  const hint = "give it find and replace, or drop: true, or insert with after or before, or on";
  return { findings: [{ location: yaml.locate(path), message: "a change that changes nothing", hint }] };
}

/** Reads a YAML text with `changes` and other keys, which `head` describes. InvalidGuideError with all findings. */
export function parseChanges<T>(
  source: string,
  file: string,
  head: z.ZodType<T>,
): { readonly head: T; readonly changes: readonly Change[] } {
  const yaml = parseYaml(source, file);
  if ("findings" in yaml) throw new InvalidGuideError(yaml.findings);
  const list = z.looseObject({ changes: z.array(z.unknown()) });
  const whole = checkShape(list, yaml.value, yaml, [], shapeHint);
  if ("findings" in whole) throw new InvalidGuideError(whole.findings);
  const { changes, ...rest } = whole.data;
  const checked = checkShape(head, rest, yaml, [], shapeHint);
  const read = changes.map((change, index) => readChange(change, yaml, index));
  const findings = [checked, ...read].flatMap((part) => ("findings" in part ? part.findings : []));
  if ("findings" in checked || findings.length > 0) throw new InvalidGuideError(findings);
  return { head: checked.data, changes: read.flatMap((part) => ("data" in part ? [part.data] : [])) };
}

/** Reads a YAML file with `id` and `changes`, such as a mutant; other keys are its reader's. */
export async function loadEdits(file: string): Promise<Edits> {
  const { head, changes } = parseChanges(await readText(file), file, z.looseObject({ id: text }));
  return { id: head.id, changes };
}
