import { posix } from "node:path";
import type { PlannedStep } from "../record/blame.ts";
import { unitCommands } from "./unit-commands.ts";

/** What a step does to files and units, as far as its text says; paths are absolute. */
export type StepEffects = {
  readonly step: PlannedStep;
  /** Files that it writes, copies or makes. */
  readonly makes: ReadonlySet<string>;
  /** Files and folders that it names, those it makes included. */
  readonly names: ReadonlySet<string>;
  /** Units that it starts, stops or enables. */
  readonly units: ReadonlySet<string>;
  /** Whether what it makes is on other machines. */
  readonly elsewhere: boolean;
};

/** What systemctl does to a unit, rather than say of it. */
const changing = new Set([
  "start",
  "restart",
  "reload-or-restart",
  "enable",
  "reenable",
  "disable",
  "stop",
  "mask",
]);

const absolute = /(?<![\w.:/$}])(?:\/[\w.@+-]+)+/g;
const relative = /(?<![\w./$@:-])[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)+(?![\w/:])/g;

/**
 * Reads the steps' texts in their order, each machine's from folder to folder as its shell goes. It knows what guides do
 * (`cd`, `cp`, `mv`, `scp`, `tee`, `>`, cfssljson's `-bare`, kubectl's `--kubeconfig`), not all of bash.
 */
export function effectsOf(steps: readonly PlannedStep[]): StepEffects[] {
  const places = new Map<string, string>();
  return steps.map((step) => {
    const { command = "" } = step;
    const written = /^# (?:append to|write) (\S+)\n/.exec(command);
    if (written?.[1] !== undefined) return fileEffects(step, written[1], command.slice(written[0].length));
    const { effects, cwd } = scriptEffects(step, command, places.get(step.machine) ?? "/root");
    places.set(step.machine, cwd);
    return effects;
  });
}

/** A script that the reader writes works in its own folder; so do settings that name files. */
function fileEffects(step: PlannedStep, path: string, content: string): StepEffects {
  const names = namesIn(content, posix.dirname(path));
  const makes = [path, ...(path.endsWith(".sh") ? configured(content, posix.dirname(path)) : [])];
  return {
    step,
    makes: new Set(makes),
    names: new Set([...names, ...makes]),
    units: new Set(),
    elsewhere: false,
  };
}

function scriptEffects(
  step: PlannedStep,
  script: string,
  start: string,
): { effects: StepEffects; cwd: string } {
  const makes = new Set<string>();
  const names = new Set<string>();
  const units = new Set<string>();
  let cwd = start;
  for (const line of script.replaceAll("\\\n", " ").split("\n")) {
    const folder = /^\s*cd\s+(\S+)/.exec(line)?.[1];
    if (folder !== undefined) {
      cwd = posix.resolve(cwd, folder.replace(/^~/, "/root"));
      continue;
    }
    for (const name of namesIn(line, cwd)) names.add(name);
    for (const path of [...redirected(line, cwd), ...copied(line, cwd), ...configured(line, cwd)]) {
      makes.add(path);
      names.add(path);
    }
    for (const { verb, units: own } of unitCommands(line)) {
      if (changing.has(verb)) for (const unit of own) units.add(unit);
    }
  }
  return { effects: { step, makes, names, units, elsewhere: /\bscp\b/.test(script) }, cwd };
}

function namesIn(text: string, cwd: string): string[] {
  return [
    ...[...text.matchAll(absolute)].map(([path]) => path),
    ...[...text.matchAll(relative)].map(([name]) => posix.resolve(cwd, name)),
  ];
}

/** `tee FILE`, `> FILE`, `cfssljson -bare NAME`. */
function redirected(line: string, cwd: string): string[] {
  const bare = /\bcfssljson\s.*-bare\s+([\w./-]+)/.exec(line)?.[1];
  const targets = [...line.matchAll(/(?:\btee\s+(?:-a\s+)?|(?<!\d)>>?\s*)([\w./-]+)/g)].map(
    ([, path = ""]) => path,
  );
  const certificates = bare === undefined ? [] : [`${bare}.pem`, `${bare}-key.pem`, `${bare}.csr`];
  return [...targets, ...certificates].map((path) => posix.resolve(cwd, path));
}

/** What `cp`, `mv` and `scp` bring to their last word, be it a folder or a file. */
function copied(line: string, cwd: string): string[] {
  const words = /^\s*(?:cp|mv|scp|install)\s+(.*)$/.exec(line)?.[1]?.split(/\s+/) ?? [];
  const [target, ...sources] = words.filter((word) => !word.startsWith("-")).toReversed();
  if (target === undefined || sources.length === 0) return [];
  const to = posix.resolve(cwd, target.replace(/^[^/]*:/, "").replace("$PWD", cwd));
  return [
    ...sources.map((source) => posix.join(to, posix.basename(source))),
    ...(sources.length === 1 ? [to] : []),
  ];
}

/** kubectl's `config` writes the file that `--kubeconfig` names. */
const configured = (text: string, cwd: string): string[] =>
  text.includes("kubectl config")
    ? [...text.matchAll(/--kubeconfig=([\w./-]+)/g)].map(([, path = ""]) => posix.resolve(cwd, path))
    : [];
