import type { SourceLocation, Verdict } from "../errors.ts";
import type { Assist } from "../progress.ts";
import type { UnitFinding } from "./blame.ts";
import type {
  MilestoneTitles,
  RunRecord,
  SectionTitle,
  SpanRecord,
  StepRecord,
  TestRecord,
} from "./record.ts";

/** What happens during a run, in order; the journal is these as JSON lines. `at` is milliseconds since the run's start. */
export type RunEvent = { readonly at: number } & (
  | {
      readonly type: "run-start";
      readonly id: string;
      readonly command: string;
      readonly startedAt: string;
      readonly milestones?: MilestoneTitles;
    }
  /** The guide was read; `ports` are the changes to its text for these machines and binaries, and `leftOut` the blocks that it loses by them. */
  | {
      readonly type: "plan";
      readonly steps: number;
      readonly sections: readonly SectionTitle[];
      readonly ports?: readonly string[];
      readonly leftOut?: readonly string[];
    }
  /** What the run is to prove: how many steps, which milestones, how many tests of them if not all were asked for, how long a soak. */
  | {
      readonly type: "asked";
      readonly steps: number;
      readonly milestones: readonly string[];
      readonly tests?: number;
      readonly minutes?: number;
    }
  /** Tests of milestones were found, and whether more of the same process' tests may come. */
  | {
      readonly type: "tests";
      readonly milestones: readonly string[];
      readonly found: number;
      readonly more: boolean;
    }
  /** How far a piece of long work is; without a text it is over. */
  | { readonly type: "progress"; readonly work: number; readonly text?: string }
  | { readonly type: "note"; readonly message: string }
  | { readonly type: "assist"; readonly assist: Assist }
  | { readonly type: "span-start"; readonly name: string; readonly track: string }
  | { readonly type: "span-end"; readonly span: SpanRecord }
  | { readonly type: "step-start"; readonly key: string; readonly location: SourceLocation }
  | {
      readonly type: "step-output";
      readonly key: string;
      readonly stream: "stdout" | "stderr";
      readonly text: string;
    }
  | { readonly type: "step-end"; readonly step: StepRecord }
  /** A unit did not stay up; `step` is the record of the step that started it, if it counts as failed now. */
  | { readonly type: "unit"; readonly finding: UnitFinding; readonly step?: StepRecord }
  | { readonly type: "test-start"; readonly milestone: string; readonly name: string }
  | { readonly type: "test-end"; readonly test: TestRecord }
  /** What was measured of a machine, by the names of what was. */
  | {
      readonly type: "sample";
      readonly machine: string;
      readonly values: Readonly<Record<string, number>>;
    }
  /** A signal ends the run; the message says what becomes of its machines. */
  | { readonly type: "interrupted"; readonly message: string }
  | { readonly type: "run-end"; readonly verdict: Verdict; readonly durationMs: number }
);

/** Listens to a run; one file a format in `report/`. */
export interface Reporter {
  readonly name: string;
  onEvent?(event: RunEvent): void;
  /** Writes the run's files and gives their names; again if the verdict is another one afterwards. */
  write?(record: RunRecord, folder: string): Promise<readonly string[]>;
  /** Called once, when all files are written: to tell a person or a program. */
  tell?(record: RunRecord, folder: string): Promise<void>;
}
