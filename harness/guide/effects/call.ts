import { posix } from "node:path";
import type { Capability } from "../../machines/machine.ts";
import type { Effect, Step } from "../types.ts";
import type { Fault, TextLocation } from "../check/finding.ts";
import type { RuleId } from "../check/rules.ts";
import type { Certificate, Entry, Host, Part, Shell } from "./host.ts";
import type { Started } from "./programs/services.ts";
import type { Expanded } from "./words.ts";

/** An absolute path, or a name with a dot that stands by itself. */
const pathLike =
  /(?<![\w.:/$}\0])(?:\/[\w.@+-]+)+|(?<![\w./$@:\0-])[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)+(?![\w/:])/g;

/** What one command hands to the next in a pipeline. */
export type Stream = { readonly part?: Part; readonly certificate?: Certificate };

/** An argument of a command, expanded. */
export type Arg = Expanded & { readonly spot: TextLocation };

/** What all steps have in common while they are followed. */
export type SimulatedState = {
  readonly hosts: readonly Host[];
  readonly faults: Fault[];
  readonly started: Started[];
  readonly registered: Registered[];
  readonly demands: Demand[];
  readonly fetches: Fetch[];
  /** What the steps do, in their order. */
  readonly effects: Located[];
  /** Commands whose output the reader of a step sees, options included, by the step's key. */
  readonly printing: Map<string, string[]>;
  /** The step that is followed. */
  step: Step | undefined;
  /** How much of a step is followed: a loop, or a script that calls itself, need not end. */
  left: number;
  depth: number;
  /** Faults of a guide whose system is CentOS 7 as its minimal installation leaves it: one that calls yum. */
  readonly ofCentos: Fault[];
};

/** An effect, the step that runs its command, and where that is written. */
export type Located = Effect & { readonly step: Step; readonly spot: TextLocation };

/** A value that etcdctl sets. */
export type Registered = { readonly key: string; readonly value: string; readonly spot: TextLocation };

/** What a command asks of its machine, or of the artifact set, that not every stand-in has. */
export type Demand = {
  /** The step that runs the command, wherever it is written. */
  readonly step: Step;
  readonly spot: TextLocation;
  readonly capability: Capability;
  /** Of a download the address, of a kernel module or setting its name; otherwise the command. */
  readonly what: string;
  /** Whether the step goes on where it cannot be had. */
  readonly optional: boolean;
};

/** A command that gets something from a site of the internet. */
export type Fetch = {
  /** The step that runs it, wherever it is written. */
  readonly step: Step;
  readonly spot: TextLocation;
  /** `wget`, `yum` … */
  readonly program: string;
  /** Whether the login shell itself runs it for sure, and the step fails with it. */
  readonly plain: boolean;
  /** Whether it is told to print nothing while it goes on. */
  readonly quiet: boolean;
};

/** What surrounds a command. */
export type Around = {
  /** Whether its standard input is something, not a person at a terminal. */
  readonly fed: boolean;
  /** Whether what it prints is seen by a person. */
  readonly shown: boolean;
  /** Whether the step goes on where it fails. */
  readonly optional: boolean;
  /** Whether it runs at all for sure, if the step passes. */
  readonly sure: boolean;
  /** Whether the login shell itself runs it for sure: no shell within does, and no condition is before it. */
  readonly login: boolean;
};

/** A command that is called, and where. */
export type Call = {
  readonly story: SimulatedState;
  readonly host: Host;
  readonly shell: Shell;
  readonly name: string;
  readonly spot: TextLocation;
  readonly args: readonly Arg[];
  readonly input: Stream;
  readonly around: Around;
  /** Set if it is ended after a time, whatever it does. */
  readonly bounded?: true;
  /** Follows another script, on the same host and in the same surroundings where no others are given. */
  readonly run: (part: Part, shell: Shell, around?: Partial<Around>, host?: Host) => void;
  readonly fault: (rule: RuleId, at: TextLocation, message: string, hint: string) => void;
};

/** Where a command stands. */
export type Standing = Pick<Call, "story" | "host" | "around">;

/** Notes what a command does. */
export function effect(
  { story, host, around }: Standing,
  does: Effect["does"],
  what: string,
  spot: TextLocation,
  sure = true,
): void {
  const { step } = story;
  // Of what has an unknown part, nothing is said.
  if (step === undefined || (does !== "unknown" && what.includes("\0"))) return;
  const by = spot.step.key === step.key ? {} : { by: spot.step.key };
  story.effects.push({ machine: host.spec.name, does, what, sure: sure && around.sure, ...by, step, spot });
}

/** Notes that nobody can say what a command does. */
export const unknown = (call: Call): Stream => {
  effect(call, "unknown", commandLine(call), call.spot);
  return {};
};

/** A command with its arguments, expanded. */
export const commandLine = ({ name, args }: Pick<Call, "name" | "args">): string =>
  [name, ...args.map(({ text }) => text)].join(" ");

/** Writes a file. */
export function write(
  call: Standing,
  path: string,
  entry: Entry,
  spot: TextLocation,
  append?: boolean,
): void {
  call.host.write(path, entry, append);
  effect(call, "writes", path, spot);
}

/** Notes files that a text names, as far as its words look like paths; `cwd` is where it works. */
export function names(call: Standing, text: string, cwd: string, spot: TextLocation): void {
  for (const [word] of text.matchAll(pathLike)) {
    const path = posix.resolve(cwd, word);
    if (path !== "/") effect(call, "reads", path, spot, false);
  }
}

/** The file an argument names; a fault and nothing if it is not there. */
export function need(call: Call, arg: Arg, path: string = arg.text): Entry | undefined {
  const { host, shell, fault } = call;
  const absolute = host.resolve(path, shell);
  if (arg.known) effect(call, "reads", absolute, arg.spot);
  else unknown(call);
  if (arg.known && host.lacks(absolute)) {
    const hint = `the shell is in ${shell.cwd}; make or copy the file before, or go to its folder`;
    fault("files/missing", arg.spot, `there is no ${absolute} yet`, hint);
    host.write(absolute, { parts: [] });
  }
  return host.files.get(absolute);
}

/** Words that are no options, nor the values of those that are `valued`. */
export const operands = (args: readonly Arg[], valued?: RegExp): Arg[] =>
  args.filter(({ text }, index) => !/^-./.test(text) && !valued?.test(args[index - 1]?.text ?? ""));

export const has = ({ args }: Pick<Call, "args">, pattern: RegExp): boolean =>
  args.some(({ text }) => pattern.test(text));

/** The value of `--name=value` or of `--name value`, as an argument of its own. */
export function option(args: readonly Arg[], name: string): Arg | undefined {
  const index = args.findIndex(
    ({ text }) => text.replace(/^--?/, "").split("=")[0] === name && text.startsWith("-"),
  );
  const arg = args[index];
  if (arg === undefined) return undefined;
  const equals = arg.text.indexOf("=");
  return equals === -1 ? args[index + 1] : { ...arg, text: arg.text.slice(equals + 1) };
}
