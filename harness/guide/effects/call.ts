import { posix } from "node:path";
import type { Ask, Effect, Step } from "../types.ts";
import { placeIn } from "../check/files/here-document.ts";
import type { Fault, TextLocation } from "../check/finding.ts";
import type { RuleId } from "../check/rules.ts";
import { orNearest } from "./lookup.ts";
import type { Certificate, Entry, Host, Part, Shell } from "./host.ts";
import type { EtcdCall, Registered } from "./programs/cluster/etcdctl.ts";
import type { Started } from "./programs/services.ts";
import { type Arg, commandLine, option } from "./shell/args.ts";

/** An absolute path, or a name with a dot that stands by itself. */
const pathLike =
  /(?<![\w.:/$}\0])(?:\/[\w.@+-]+)+|(?<![\w./$@:\0-])[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)+(?![\w/:])/g;

/** What comes of commands: what they print, and whether they succeed. Absent is what nobody knows beforehand. */
export type Stream = {
  readonly part?: Part;
  readonly certificate?: Certificate;
  readonly succeeds?: boolean;
};

/** The text of nothing, at a place. */
export const nothing = ({ step, offset }: TextLocation): Stream => ({ part: { step, offset, text: "" } });

/** Parts one after the other as one; undefined if they are of several steps. */
export function joined(parts: readonly Part[]): Part | undefined {
  const [first, ...more] = parts.filter(({ text }) => text !== "");
  if (first === undefined || more.length === 0) return first ?? parts[0];
  if (more.some(({ step }) => step !== first.step)) return undefined;
  const places = [first, ...more].flatMap((part) =>
    Array.from({ length: part.text.length }, (_, index) => placeIn(part, index)),
  );
  return { ...first, text: [first, ...more].map(({ text }) => text).join(""), places };
}

/** What steps do to machines as far as it can be told beforehand, and what goes wrong on the way. */
export class Story {
  readonly hosts: readonly Host[];
  readonly faults: Fault[] = [];
  readonly started: Started[] = [];
  readonly registered: Registered[] = [];
  readonly etcdCalls: EtcdCall[] = [];
  readonly demands: Demand[] = [];
  readonly fetches: Fetch[] = [];
  readonly effects: Located[] = [];
  /** Commands whose output the reader of a step sees, options included, by the step's key. */
  readonly printing = new Map<string, string[]>();
  step: Step | undefined;
  /** How much of a step is followed: a loop, or a script that calls itself, need not end. */
  left = 0;
  depth = 0;
  /** How many commands have failed where the text itself says how to go on. */
  failures = 0;
  /** Faults of a guide whose system is CentOS 7 as its minimal installation leaves it: one that calls yum. */
  readonly ofCentos: Fault[] = [];
  /** Faults of a guide as it is written: a port may bring what it lacks in its own way. */
  readonly unported: Fault[] = [];
  /** Faults of a guide that starts an apiserver. */
  readonly ofApiserver: Fault[] = [];
  /** What can be said only once all steps were followed. */
  readonly atEnd: (() => Fault | undefined)[] = [];

  constructor(hosts: readonly Host[]) {
    this.hosts = hosts;
  }
}

/** An effect, the step that runs its command, and where that is written; of one that nobody could follow, how. */
export type Located = Effect & {
  readonly step: Step;
  readonly spot: TextLocation;
  readonly written?: string;
};

/** What a command asks of its machine, or of the artifact set, that not every stand-in has. */
export type Demand = Omit<Ask, "location"> & {
  /** The step that runs the command, wherever it is written. */
  readonly step: Step;
  readonly spot: TextLocation;
  /** What to write in its place, if there is something. */
  readonly instead?: string | undefined;
};

/** A command that gets something from a site of the internet. */
export type Fetch = {
  /** The step that runs it, wherever it is written. */
  readonly step: Step;
  readonly spot: TextLocation;
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
  readonly input: Stream;
  /** Whether what it prints is seen by a person. */
  readonly shown: boolean;
  /** Whether the step goes on where it fails. */
  readonly optional: boolean;
  /** Whether the text itself reckons with its failure, as in `… || true`, or with its never being run. */
  readonly guarded: boolean;
  /** Whether it runs at all for sure, if the step passes. */
  readonly sure: boolean;
  /** Whether the login shell itself runs it for sure: no shell within does, and no condition is before it. */
  readonly login: boolean;
};

/** A command that is called, and where. */
export type Call = {
  readonly story: Story;
  readonly host: Host;
  readonly shell: Shell;
  readonly name: string;
  readonly spot: TextLocation;
  readonly args: readonly Arg[];
  /** It with its arguments, as the guide has it. */
  readonly written: string;
  readonly around: Around;
  /** Set if it is ended after a time, whatever it does. */
  readonly bounded?: true;
  /** Follows another script, on the same host and in the same surroundings where no others are given. */
  readonly run: (part: Part, shell: Shell, around?: Partial<Around>, host?: Host) => void;
  readonly fault: (rule: RuleId, at: TextLocation, message: string, hint: string) => void;
};

/** What programs do, by their names; nothing is known of what one prints that returns nothing. */
export type Programs = Readonly<Record<string, (call: Call) => Stream | void>>;

/** Where a command stands. */
export type Standing = Pick<Call, "story" | "host" | "around">;

/** Notes what a command does. */
export function effect(
  { story, host, around }: Standing,
  does: Effect["does"],
  what: string,
  spot: TextLocation,
  sure = true,
  written?: string,
): void {
  const { step } = story;
  // Of what has an unknown part, nothing is said.
  if (step === undefined || (does !== "unknown" && what.includes("\0"))) return;
  const by = spot.step.key === step.key ? {} : { by: spot.step.key };
  const shown = written === undefined ? {} : { written };
  story.effects.push({
    machine: host.spec.name,
    does,
    what,
    sure: sure && around.sure,
    ...by,
    step,
    spot,
    ...shown,
  });
}

/** Notes that nobody can say what a command does. */
export const unknown = (call: Call): void =>
  effect(call, "unknown", commandLine(call), call.spot, true, call.written);

/** Notes that a command fails, and says whether that is told: not so where the text itself says how to go on. */
export function fails({ story, around }: Standing, fault: Fault): boolean {
  if (around.guarded) story.failures += 1;
  else story.faults.push(fault);
  return !around.guarded;
}

/** Whether a folder is there, or is taken for it after it was told that it is not. */
export function needFolder(call: Standing, path: string, spot: TextLocation): boolean {
  if (call.host.isFolder(path)) return true;
  const [message, hint] = [`there is no folder ${path} yet`, `mkdir -p ${path} before`];
  if (!fails(call, { rule: "files/folder", at: spot, message, hint })) return false;
  call.host.makeFolder(path);
  return true;
}

/** Writes a file, in a folder that is there. */
export function write(
  call: Standing,
  path: string,
  entry: Entry,
  spot: TextLocation,
  append?: boolean,
): void {
  if (!needFolder(call, posix.dirname(path), spot)) return;
  if (append !== true && !call.host.mayReplace(path, entry)) {
    const message = `${path} is the system's: this takes away all that is in it`;
    fails(call, { rule: "files/system", at: spot, message, hint: "add to it: `>>`, `tee -a`, or `append`" });
  }
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
  const { host, shell } = call;
  const absolute = host.resolve(path, shell);
  if (!arg.known) unknown(call);
  return arg.known ? needFile(call, absolute, shell.cwd, arg.spot) : host.files.get(absolute);
}

/** The file at an absolute path, which a shell in `cwd` reads; a fault and nothing if it is not there. */
export function needFile(call: Standing, path: string, cwd: string, spot: TextLocation): Entry | undefined {
  const { host } = call;
  effect(call, "reads", path, spot);
  if (host.lacks(path)) {
    const hint = orNearest(
      call.story,
      host,
      path,
      `the shell is in ${cwd}; make or copy the file before, or go to its folder`,
    );
    const told = fails(call, { rule: "files/missing", at: spot, message: `there is no ${path} yet`, hint });
    if (told) host.write(path, { parts: [] });
  }
  return host.files.get(path);
}

/** The files that options name are there. */
export function needOptions(call: Call, given: readonly string[]): void {
  for (const name of given) {
    const arg = option(call.args, name);
    if (arg !== undefined) need(call, arg);
  }
}
