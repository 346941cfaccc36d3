import type { HostLoad } from "../host/load.ts";
import type { Outcome } from "./outcome.ts";
import type { ErrorDetails, SourceLocation, Verdict } from "../errors.ts";
import type { Assist } from "../progress.ts";
import type { Blame, GuideChange, ResourceAccess, PlannedStep, UnitFinding, UnitState } from "./blame.ts";
import type { RunInputs } from "./inputs.ts";
import type { AheadOfTurn, DriftRecord, FaultRecord, Hop } from "./observed.ts";
import type { TrialScore } from "./trial-score.ts";

/** A failure as it is shown and stored; text is already redacted. */
export type FailureRecord = Omit<ErrorDetails, "cause"> & {
  readonly verdict: Verdict;
  readonly message: string;
};

/** One step as it ran. Times are milliseconds since the run's start. */
export type StepRecord = Omit<PlannedStep, "digest"> & {
  readonly startMs: number;
  readonly durationMs: number;
  readonly outcome: Outcome;
  /** Absent if the step did not run. */
  readonly exitCode?: number;
  readonly output: string;
  /** What its commands printed on standard output; absent of a file, of what failed, and of what is too long for a guide. */
  readonly printed?: string;
  /** Ids of assists used by this step. */
  readonly assists: readonly string[];
  /** The commands that it has left running in the background; absent if there are none. */
  readonly left?: readonly string[];
  readonly failure?: FailureRecord;
  /** Why it did not run. */
  readonly skipped?: string;
};

/** One test of a milestone suite. */
export type TestRecord = {
  readonly milestone: string;
  readonly name: string;
  /** Guide sections the test guards. */
  readonly sections: readonly string[];
  /** Where the test stands; absent in records of older versions, and of what is no test. */
  readonly location?: SourceLocation;
  /** Ids of the guide's claims that it proves, if it passes; absent if it proves none. */
  readonly claims?: readonly string[];
  readonly startMs: number;
  readonly durationMs: number;
  /** What of its work was done before its start; absent if nothing was. */
  readonly ahead?: AheadOfTurn;
  readonly outcome: Outcome;
  /** Facts the test looked at, such as counts and p-values; published as JUnit properties. */
  readonly facts: Readonly<Record<string, string>>;
  /** Files, units and ports that the test looked at, as its own commands and requests say; absent if there are none. */
  readonly looks?: readonly ResourceAccess[];
  /** What it followed from hand to hand, in order; absent if nothing. */
  readonly hops?: readonly Hop[];
  /** The fault after which it looked; absent if it was after none. */
  readonly fault?: FaultRecord;
  /** How what it looked at went over time; absent if it looked once. */
  readonly drift?: DriftRecord;
  readonly failure?: FailureRecord;
  /** Why it did not run. */
  readonly skipped?: string;
};

/** A timed piece of work for the trace; `track` is a machine's name, `harness` or `suites`. */
export type SpanRecord = {
  readonly name: string;
  readonly track: string;
  readonly startMs: number;
  readonly durationMs: number;
};

export type MilestoneTitles = Readonly<Record<string, string>>;

export type SectionTitle = { readonly number: string; readonly title: string };

/** Where a run began, if not with machines that had nothing of the guide. */
export type Resumed = {
  /** Id of the last block that was not done again. */
  readonly after: string;
  /** How many steps that left out. */
  readonly steps: number;
  /** The run that did them and saved the machines, and when (ISO 8601). */
  readonly run: string;
  readonly savedAt: string;
  /** Whether the machines were booted since, not taken back with their memory. */
  readonly booted: boolean;
};

/** An install that does not survive a reboot where it stood after a block: what was up and is not. */
export type RebootFinding = {
  readonly after: string;
  readonly machine: string;
  readonly what: readonly string[];
};

/** By part of an artifact set and program: what the program said of its version when it was built, one line. */
export type Programs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** An install bug that a run was to show, and showed as the catalogue has it. */
export type Reproduction = {
  readonly id: string;
  /** What was seen, in the words of the machine. */
  readonly seen: string;
  /** Whether its correction was seen to put it right; absent if it was not tried. */
  readonly fixed?: true;
};

/** How many blocks of the guide there are of each kind; `total` is always their sum. */
export type Accounting = Readonly<Record<string, number> & { total: number }>;

/** A claim as the guide states it; `unprovable` is why no suite can prove it. */
export type StatedClaim = { readonly id: string; readonly text: string; readonly unprovable?: string };

/** What a run says of a claim. It is proved by a test that names it and passed, and refuted by one that failed. */
export type ClaimRecord = Pick<StatedClaim, "id" | "text"> & {
  readonly result: "proved" | "refuted" | "not proved" | "not provable";
  /** Tests that name it and have a result of their own. */
  readonly tests: readonly Pick<TestRecord, "milestone" | "name" | "outcome">[];
  /** Why it is neither proved nor refuted. */
  readonly reason?: string;
};

/** A claim that a run's machines cannot prove, such as `SELinux`. */
export type Unprovable = { readonly claim: string; readonly reason: string };

/** Which tests of the milestones a run was to run, where these were not all. */
export type Selection = {
  /** How they were chosen, as a person types it. */
  readonly by: string;
  /** The run whose red tests they are. */
  readonly run?: string;
  readonly chosen: number;
  readonly leftOut: number;
};

/** `run.json`: all that is known of a run. */
export type RunRecord = {
  readonly id: string;
  readonly command: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly verdict: Verdict;
  /** What decided the verdict; absent if that was the tests' doing alone, or nothing failed. */
  readonly failure?: FailureRecord;
  /** What else failed; absent if nothing did. */
  readonly otherFailures?: readonly FailureRecord[];
  readonly commit?: string;
  readonly provider: string;
  readonly artifactSet: string;
  readonly versions: Readonly<Record<string, string>>;
  /** What the programs of the artifact set said of their versions; absent if nobody ran them before the guide did. */
  readonly programs?: Programs;
  readonly ports: readonly string[];
  /** What the guide calls its milestones, by their names; absent in records of older versions. */
  readonly milestones?: MilestoneTitles;
  /** What was asked for; absent in records of older versions. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What of the guide is not as it was last applied to the cluster that the run found; absent if nothing is. */
  readonly notAsApplied?: readonly string[];
  /** Absent if the run ended before the guide was read. */
  readonly inputs?: RunInputs;
  readonly accounting?: Accounting;
  /** The guide's sections, in its order; absent if the run ended before the guide was read. */
  readonly sections?: readonly SectionTitle[];
  /** The guide's claims, in its order; absent if the run ended before the guide was read. */
  readonly claims?: readonly ClaimRecord[];
  readonly dropped: readonly { readonly id: string; readonly by: string; readonly reason: string }[];
  /** What ports, errata and edits changed of the guide's blocks; absent in records of older versions, and of runs without a plan. */
  readonly changed?: readonly { readonly id: string; readonly by: string; readonly reason: string }[];
  readonly resumed?: Resumed;
  /** The machines that it has left running; absent if it has left none. */
  readonly kept?: { readonly cluster: string; readonly machines: readonly string[] };
  /** How the suites did when they were last on trial with these machines and binaries; absent if they never were. */
  readonly trial?: TrialScore;
  readonly rebootFindings?: readonly RebootFinding[];
  /** Absent in every run but one that showed an install bug: what is red in that is what it was for. */
  readonly reproduction?: Reproduction;
  /** What a person did in a walk beside running its blocks, in order; absent in every other run. */
  readonly walked?: readonly string[];
  /** What was done to the cluster's machines beside each block of the guide once, a few words each; absent if nothing is known. */
  readonly detours?: readonly string[];
  /** Absent in a run of all tests of its milestones. */
  readonly selection?: Selection;
  /** What was tried, in a run that tries a change of the guide. */
  readonly change?: GuideChange & { readonly base: string };
  readonly assists: readonly Assist[];
  readonly cannotProve: readonly Unprovable[];
  readonly steps: readonly StepRecord[];
  readonly tests: readonly TestRecord[];
  readonly spans: readonly SpanRecord[];
  readonly resources: Resources;
  /** How busy this host was from the run's start to its end; absent in records of older versions. */
  readonly load?: HostLoad;
  /** All steps of the guide, those that did not run included; absent if the run ended before the guide was read. */
  readonly plan?: readonly PlannedStep[];
  /** The guide's units at the run's end; absent if no machine could be asked. */
  readonly units?: readonly UnitState[];
  /** Units that did not stay up after a step started them; absent if all did. */
  readonly unitFindings?: readonly UnitFinding[];
  /** Where each red milestone, or the step that failed, comes from; absent in a run that found the guide in order. */
  readonly blames?: readonly Blame[];
};

/** Memory, in bytes. */
export type Resources = {
  /** The harness's own largest resident set. */
  readonly harnessPeakBytes: number;
  /** What each machine's processes held when the suites were over; empty if it could not be read. */
  readonly machineBytes: Readonly<Record<string, number>>;
};
