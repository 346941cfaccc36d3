import type { StepGroup } from "../../guide/types.ts";
import type { SshEndpoint } from "../../machines/machine.ts";
import type { Blame } from "../../record/blame.ts";
import type { FailureRecord } from "../../record/record.ts";
import type { CheckpointMetadata } from "../checkpoints/metadata.ts";

/** What a person wants to be done where a block stands; `back` is to the checkpoint after a block. */
export type Answer =
  | { readonly do: "run" | "skip" | "save" | "end" }
  | { readonly do: "shell"; readonly machine: string }
  | { readonly do: "back"; readonly after: string };

/** Whoever walks: at a terminal, or a test. */
export interface Reader {
  /** Shows a block and gives what is to be done; asked again until it is run or passed over. `failed` if it was run and failed. */
  answer(
    group: StepGroup,
    where: {
      readonly failed: boolean;
      /** No block can be run here any more: only the way back and the end are answers. */
      readonly lost?: true;
      /** Those that can be gone back to, the nearest first. */
      readonly checkpoints: () => Promise<readonly CheckpointMetadata[]>;
    },
  ): Promise<Answer>;
  /** A block failed: what is known of it, and where it comes from. */
  failed(failure: FailureRecord, blames: readonly Blame[]): void;
  ends(): void;
  /** Is at a shell on a machine, in a folder of it, until it ends that. */
  atShell(endpoint: SshEndpoint, folder: string): Promise<void>;
}
