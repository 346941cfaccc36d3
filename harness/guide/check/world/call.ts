import type { Fault, Spot } from "../finding.ts";
import type { RuleId } from "../rules.ts";
import type { Certificate, Entry, Host, Part, Shell } from "./host.ts";
import type { Started } from "./services.ts";
import type { Expanded } from "./words.ts";

/** What one command hands to the next in a pipeline. */
export type Stream = { readonly part?: Part; readonly certificate?: Certificate };

/** An argument of a command, expanded. */
export type Arg = Expanded & { readonly spot: Spot };

/** What all steps have in common while they are followed. */
export type Story = {
  readonly hosts: readonly Host[];
  readonly faults: Fault[];
  readonly started: Started[];
  readonly registered: Registered[];
  /** Whether the guide's system is CentOS 7 as its minimal installation leaves it. */
  readonly centos: boolean;
};

/** A value that etcdctl sets. */
export type Registered = { readonly key: string; readonly value: string; readonly spot: Spot };

/** A command that is called, and where. */
export type Call = {
  readonly story: Story;
  readonly host: Host;
  readonly shell: Shell;
  readonly name: string;
  readonly spot: Spot;
  readonly args: readonly Arg[];
  readonly input: Stream;
  /** Follows another script on the same host. */
  readonly run: (part: Part, shell: Shell) => void;
  readonly fault: (rule: RuleId, at: Spot, message: string, hint: string) => void;
};

/** The file an argument names; a fault and nothing if it is not there. */
export function need({ host, shell, fault }: Call, arg: Arg, path: string = arg.text): Entry | undefined {
  const absolute = host.resolve(path, shell);
  if (arg.known && host.lacks(absolute)) {
    const hint = `the shell is in ${shell.cwd}; make or copy the file before, or go to its folder`;
    fault("files/missing", arg.spot, `there is no ${absolute} yet`, hint);
    host.write(absolute, { parts: [] });
  }
  return host.files.get(absolute);
}
