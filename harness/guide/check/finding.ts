import type { SourceLocation } from "../../errors.ts";
import type { Finding } from "../../input/findings.ts";
import type { ChangedBlock } from "../../record/blame.ts";
import type { Profile } from "../../profile/profile.ts";
import type { Plan, Step } from "../types.ts";
import { placeIn } from "./files/here-document.ts";
import type { RuleId } from "./rules.ts";
import type { Host, Part } from "../effects/host.ts";
import type { Story } from "../effects/call.ts";

export type Level = "error" | "warning";

/** What a rule sees wrong: at a character of a step's text, or at a place of its own. */
export type Fault = {
  readonly rule: RuleId;
  readonly at: TextLocation | SourceLocation;
  readonly message: string;
  /** What to write instead. */
  readonly hint: string;
};

/** A character of a step's text, counted from 0. */
export type TextLocation = { readonly step: Step; readonly offset: number };

/** A fault with its place, level and rule. */
export type CheckFinding = Finding & {
  readonly rule: RuleId;
  readonly level: Level;
  /** `<section>/<name>`, if it is in a step. */
  readonly step?: string;
  /** Blocks that were changed since the guide was last committed and may have caused it, if its own step was not. */
  readonly causes?: readonly ChangedBlock[];
  /** Id of the erratum that describes it, if the guide keeps it on purpose. */
  readonly kept?: string;
};

/** A text, and the places of its characters. */
export type Text = { readonly text: string; readonly at: (offset: number) => TextLocation };

export type Subject = {
  readonly plan: Plan;
  /** One step of each block: the blocks' text differs from machine to machine by placeholders only. */
  readonly steps: readonly Step[];
  /** The texts of those that run commands. */
  readonly commands: readonly (Text & { readonly step: Step })[];
  /** Every file that is written, once for all machines. */
  readonly files: readonly WrittenFile[];
  /** The guide's text, before any edit. */
  readonly text: string;
  readonly machines: Profile["machines"];
  /** Units that the guide leaves running, as the profile has them. */
  readonly units: Profile["units"];
  /** Addresses with ports that one machine serves and all call: the apiserver's, and etcd's if it has one member. */
  readonly served: readonly string[];
  /** The networks of pods and services, and the domain of these, as the profile has them. */
  readonly networks: Profile["networks"];
  /** For how many hours the profile says that certificates hold. */
  readonly validHours: number;
  readonly ports: readonly string[];
  /** What the steps would leave behind on the machines. */
  readonly world: Story;
};

export type Check = (subject: Subject) => Iterable<Fault>;

/** The text of a step: its commands, or its file. */
export const textOf = ({ action }: Step): string => (action.kind === "run" ? action.script : action.content);

export const firstSteps = ({ groups }: Plan): Step[] =>
  groups.flatMap(({ steps: [first] }) => (first === undefined ? [] : [first]));

/** A text that steps bring to a path, what is added to it included: by a file block, a here-document, `echo` or a copy. */
export type WrittenFile = Text & {
  readonly path: string;
  /** Whether the file holds more: before it, or something unknown within. */
  readonly partial: boolean;
  readonly language?: string;
};

/** Every file that is written, once for all machines: its text differs from one to the other by placeholders only. */
export function writtenFiles(plan: Plan, { hosts }: Story): WrittenFile[] {
  const languages = new Map(
    plan.guide.blocks.flatMap((block) =>
      block.kind === "file" ? [[block.id, block.language] as const] : [],
    ),
  );
  const files = new Map<string, WrittenFile>();
  for (const { path, parts, partial } of hosts.flatMap(wholes)) {
    const [first] = parts;
    if (first === undefined) continue;
    const key = [path, ...parts.map(({ step, offset }) => `${step.id} ${offset}`)].join("\0");
    const language = first.step.action.kind === "file" ? languages.get(first.step.id) : undefined;
    files.set(key, {
      path,
      ...textOfParts(parts),
      partial,
      ...(language !== undefined && { language }),
    });
  }
  return [...files.values()];
}

type Whole = { readonly path: string; readonly parts: Part[]; partial: boolean };

/** What a machine's files are from one writing to the next, each with what is added to it and changed in it. */
function wholes({ written }: Host): Whole[] {
  const all: Whole[] = [];
  const current = new Map<string, Whole>();
  for (const { path, parts, how } of written) {
    const before = how === "write" ? undefined : current.get(path);
    const whole = before ?? { path, parts: [], partial: how !== "write" };
    if (how === "edit") whole.parts.length = 0;
    if (parts.length === 0) whole.partial = true;
    whole.parts.push(...parts);
    current.set(path, whole);
    if (before === undefined) all.push(whole);
  }
  return all;
}

/** Parts as one text, a line end between them where there is none. */
function textOfParts(parts: readonly Part[]): Text {
  let text = "";
  const starts: (readonly [number, Part])[] = [];
  for (const part of parts) {
    if (text !== "" && !text.endsWith("\n")) text += "\n";
    starts.push([text.length, part]);
    text += part.text;
  }
  return {
    text,
    at(offset) {
      const [start, part] = starts.findLast(([from]) => from <= offset) ?? starts[0] ?? [];
      if (part === undefined || start === undefined) throw new Error("a text without a part");
      return { step: part.step, offset: placeIn(part, offset - start) };
    },
  };
}

/** An option as `--name=value` or `-name=value`, with the offsets of both. */
export type Option = {
  readonly name: string;
  readonly value: string;
  readonly offset: number;
  readonly valueOffset: number;
};

/** Every option of a text that is given with `=`. */
export const optionsIn = (text: string): Option[] =>
  [...text.matchAll(/(?<![\w-])(--?([a-z][\w-]*)=\\?["']?)([^\s"'\\]*)/g)].map(
    ({ index, 1: head = "", 2: name = "", 3: value = "" }) => ({
      name,
      value,
      offset: index,
      valueOffset: index + head.length,
    }),
  );
