import { type Fault, type Subject, textOf } from "../finding.ts";
import { locateIn } from "../../origin.ts";
import { hostOf } from "../../effects/asks/sites.ts";
import { closedSites } from "../../sites.ts";

/** How each program's version is written in addresses, names of archives and prose. */
const patterns = {
  Kubernetes: /\bdl\.k8s\.io\/v([\d.]+\d)\/|\bKubernetes (\d+\.\d+\.\d+)/g,
  etcd: /\betcd\/releases\/download\/v([\d.]+\d)\/|\betcd-v([\d.]+\d)-|\betcd (\d+\.\d+\.\d+)/g,
  flannel: /\bflannel\/releases\/download\/v([\d.]+\d)\/|\bflannel-v([\d.]+\d)-|\bflannel (\d+\.\d+\.\d+)/g,
  cfssl: /\bcfssl\/releases\/download\/v?([\d.]+\d)\//g,
};

type Mention = { readonly version: string; readonly at: Fault["at"] };

function* mentions(text: string, pattern: RegExp, at: (offset: number) => Fault["at"]): Iterable<Mention> {
  for (const match of text.matchAll(pattern)) {
    const version = match.slice(1).find((group) => group !== undefined) ?? "";
    yield { version, at: at(match.index + match[0].indexOf(version)) };
  }
}

/** Versions agree: in the table of downloads, in commands, in prose and in what is printed. */
export function* versions(subject: Subject): Iterable<Fault> {
  for (const [program, pattern] of Object.entries(patterns)) {
    const all = [...mentioned(subject, pattern)];
    const [first] = all;
    if (first !== undefined) yield* differing(program, first.version, all);
    if (first !== undefined && program === "Kubernetes") {
      yield* differing(program, first.version, [...printed(subject)]);
    }
  }
  for (const { does, what, spot } of subject.world.effects) {
    const site = (does === "downloads" ? hostOf(what) : undefined) ?? "";
    const hint = Object.hasOwn(closedSites, site) ? closedSites[site] : undefined;
    if (hint === undefined) continue;
    yield { rule: "versions/site", at: spot, message: `${site} is unreliable`, hint };
  }
}

/** The version of a program that a guide is about; undefined if it names none. */
export const versionOf = (subject: Subject, program: keyof typeof patterns): string | undefined =>
  mentioned(subject, patterns[program]).next().value?.version;

function* mentioned(subject: Subject, pattern: RegExp): Generator<Mention, undefined> {
  yield* listed(subject, pattern);
  yield* commanded(subject, pattern);
  yield* told(subject, pattern);
}

function* differing(program: string, wanted: string, all: readonly Mention[]): Iterable<Fault> {
  for (const { version, at } of all) {
    if (version === wanted) continue;
    const message = `${program} ${version}, but the first mention of it is ${wanted}`;
    yield { rule: "versions/differ", at, message, hint: `write ${wanted}, or change it everywhere` };
  }
}

/** The table of downloads, in blocks that are shown only. It is asked first: it says what the guide is built on. */
function* listed({ plan }: Subject, pattern: RegExp): Iterable<Mention> {
  for (const block of plan.guide.blocks) {
    if (block.kind === "skip") yield* mentions(block.text, pattern, (offset) => locateIn(block, offset));
  }
}

function* commanded({ steps }: Subject, pattern: RegExp): Iterable<Mention> {
  for (const step of steps) yield* mentions(textOf(step), pattern, (offset) => ({ step, offset }));
}

/** Prose before the first section: the title and what it says of versions. Later remarks may speak of others. */
function* told({ plan, text }: Subject, pattern: RegExp): Iterable<Mention> {
  const { file, sections } = plan.guide;
  const lines = text.split("\n").slice(0, (sections[0]?.location.line ?? 1) - 1);
  for (const [index, line] of lines.entries()) {
    yield* mentions(line, pattern, (offset) => ({ file, line: index + 1, column: offset + 1 }));
  }
}

/** Versions that `kubectl get nodes` prints. A port's outputs are those of its own versions. */
function* printed({ plan, steps, ports }: Subject): Iterable<Mention> {
  for (const block of plan.guide.blocks) {
    if (block.kind !== "output") continue;
    const step = steps.find(({ id }) => id === block.of);
    if (step === undefined || step.changedBy.some(({ id }) => ports.includes(id))) continue;
    if (/\bkubectl get no(?:des?)?\b/.test(textOf(step))) {
      yield* mentions(block.text, /\bv(\d+\.\d+\.\d+)\b/g, (offset) => locateIn(block, offset));
    }
  }
}
