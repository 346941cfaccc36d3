import type { SourceLocation } from "../errors.ts";

/** Something on a machine that a test looked at: a file or a key of etcd by its path, a unit, a port that listens. */
export type ResourceAccess = {
  readonly machine: string;
  readonly kind: "file" | "unit" | "port";
  readonly name: string;
};

/** A step of the plan, whether it ran or not. */
export type PlannedStep = {
  readonly key: string;
  readonly id: string;
  readonly section: string;
  readonly machine: string;
  readonly location: SourceLocation;
  /** What the reader types, or the file's path and content (`commandOf`); redacted, and with what cannot be seen by its number. */
  readonly command?: string;
  /** SHA-256 of all that the step does and expects, for a changed secret is not seen in redacted text. */
  readonly digest?: string;
  /** SHA-256 of what it expects alone. */
  readonly expectDigest?: string;
  /** Mode of the file that it writes, in octal. */
  readonly mode?: string;
  /** Line of the guide in which `command` has its first line; absent if not all of it stands there as it is. */
  readonly firstLine?: number;
  /** Lines of the guide that `command` has at its end from another fence: its answers. */
  readonly answerLines?: readonly number[];
};

/** A unit as `systemctl show` has it. */
export type UnitState = {
  readonly machine: string;
  readonly unit: string;
  readonly active: string;
  readonly sub: string;
  /** `enabled`, `disabled`, `static` …; empty for a unit without a file. */
  readonly enabled: string;
  readonly result: string;
  /** Exit code or signal of its main process, as it last ended. */
  readonly exitStatus: number;
  /** How often systemd started it again by itself, but for what the suites have killed; absent where systemd is older than 235. */
  readonly restarts?: number;
  /** TCP ports on which its main process listens. */
  readonly ports: readonly number[];
};

/** A unit that did not stay up after a step started it. */
export type UnitFinding = {
  readonly machine: string;
  readonly unit: string;
  readonly step: string;
  /** `failed, result exit-code, exit code 255, 5 restarts`. */
  readonly state: string;
  /** Whether it will not come up by itself: failed, or started again and again. */
  readonly dead: boolean;
  /** The last of what it said that tells why; already redacted. */
  readonly said?: string;
  /** When it was seen, in milliseconds since the run's start. */
  readonly at: number;
};

/** A block of the guide that is suspected, with what speaks against it, the strongest first. */
export type Suspect = {
  readonly id: string;
  readonly machines: readonly string[];
  readonly location: SourceLocation;
  readonly why: readonly string[];
  /** Whether it is not as in what the run is compared with. */
  readonly changed: boolean;
};

/** A unit that a red test looked at, that is down or that complains, and what it said; `odd` says what is not as it should be. */
export type SuspectUnit = UnitState & { readonly odd?: string; readonly journal?: string };

/** A block of the guide that was added, removed or changed. */
export type ChangedBlock = {
  readonly id: string;
  /** The first line of it that is another one; the block's own if no line of the guide is. */
  readonly location: SourceLocation;
  readonly kind: "added" | "removed" | "changed" | "moved";
  /** All lines of the guide that are others in it, by number, if there are several. */
  readonly edited?: readonly number[];
  /** A few lines of it that differ, with `- ` or `+ ` in front. */
  readonly lines: readonly string[];
};

/** How a guide differs from the one it is compared with, and what that asks for. */
export type GuideChange = {
  /** In the guide's order; what is gone comes last. */
  readonly blocks: readonly ChangedBlock[];
  readonly sections: readonly string[];
  /** Milestones with a test that names one of the sections, in the guide's order. */
  readonly guards: readonly string[];
  /** Set if the profile is another one, too, which all suites go by. */
  readonly profile?: true;
  /** Set if `artifacts.yaml` is, by which steps get what they download. */
  readonly artifacts?: true;
};

/** How a run differs from what it is compared with; the texts are for people. */
export type Difference = {
  /** What the guide that is tried was changed from, as a person named it: the blocks are those of this change. */
  readonly base?: string;
  /** Id of the last green run: all else, and the blocks if there is no base, is compared with it. Absent if there is none. */
  readonly run?: string;
  readonly blocks: readonly ChangedBlock[];
  /** Commit, inputs, versions, assists: `commit 1a2b → 3c4d`. */
  readonly inputs: readonly string[];
  /** Steps that took much longer or shorter: `3.1/start-docker@n1 1.2 s → 9.8 s`. */
  readonly durations: readonly string[];
};

/** Where a red milestone, or a step that failed, comes from. */
export type Blame = {
  /** A milestone, or a step's key. */
  readonly of: string;
  readonly tests: readonly string[];
  readonly machine?: string;
  readonly sections: readonly string[];
  /** The most probable first. */
  readonly steps: readonly Suspect[];
  /** Those that are not as they should be first. */
  readonly units: readonly SuspectUnit[];
  /** Absent if no earlier run was green and no change was tried. */
  readonly since?: Difference;
};
