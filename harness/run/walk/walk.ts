import {
  ArtifactError,
  gravest,
  GuideFailure,
  type HarnessError,
  InfrastructureError,
  NotPossibleHere,
  toHarnessError,
  UsageError,
} from "../../errors.ts";
import type { StepGroup } from "../../guide/types.ts";
import type { SshEndpoint } from "../../machines/machine.ts";
import type { Blame } from "../../record/blame.ts";
import type { FailureRecord } from "../../record/record.ts";
import { type ApplyGuide, applyGuide, type Standing } from "../apply/apply-guide.ts";
import { selectGroups, type Turn } from "../apply/apply.ts";
import { savePoints } from "../checkpoints/chain.ts";
import type { CheckpointMetadata } from "../checkpoints/metadata.ts";
import { removeCheckpoints } from "../checkpoints/prune.ts";
import { loadClusterState } from "../cluster/state.ts";
import type { Requested } from "../request/requested.ts";
import { failureRecord } from "../verdict.ts";
import { undoing } from "../../waits/bounded.ts";
import { Way } from "./way.ts";

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
      /** Those that can be gone back to, the nearest first. */
      readonly checkpoints: () => Promise<readonly CheckpointMetadata[]>;
    },
  ): Promise<Answer>;
  /** A block failed: what is known of it, and where it comes from. */
  failed(failure: FailureRecord, blames: readonly Blame[]): void;
  /** There is no block left. */
  ends(): void;
  /** Is at a shell on a machine, in a folder of it, until it ends that. */
  atShell(endpoint: SshEndpoint, folder: string): Promise<void>;
}

export type WalkOptions = Omit<ApplyGuide, "whole" | "part"> & {
  readonly requested: Requested;
  readonly reader: Reader;
  /** Traces what is red, now. */
  readonly blame: () => Promise<void>;
  /** The first block that is asked for; what comes before it is done without a question. */
  readonly from?: string;
};

/**
 * The guide as its reader goes through it: each block waits for an answer. A block that fails does not end it, but the
 * walk does not pass any more: the gravest failure is thrown at the end. What fails where the machines are not as the guide
 * alone would have made them says nothing about the guide: UsageError.
 */
export class Walk {
  readonly #options: WalkOptions;
  readonly #way: Way;
  readonly #first: number;
  readonly #failures: HarnessError[] = [];
  readonly #own = new Set<string>();
  #failed: string | undefined;
  #skipping: string | undefined;
  /** What ends the blocks: the way back to a checkpoint, or the walk's end. */
  #leaving: "end" | { readonly after: string } | undefined;

  constructor(options: WalkOptions) {
    const { plan, recorder, machines, from } = options;
    this.#options = options;
    this.#way = new Way(plan, recorder.id);
    const groups = from === undefined ? plan.groups : selectGroups(plan, { from });
    this.#first = plan.groups.length - groups.length;
    const after = machines.resumed?.after;
    this.#way.done(...plan.groups.slice(0, plan.groups.findIndex(({ id }) => id === after) + 1));
    recorder.facts = { ...recorder.facts, walked: [] };
  }

  /** Goes to the end of the guide, or as far as the reader goes. */
  async goes(): Promise<void> {
    try {
      while (this.#leaving !== "end" && this.#way.rest().length > 0) {
        await this.#stretch();
        if (typeof this.#leaving === "object") await this.#back(this.#leaving.after);
      }
      if (this.#leaving !== "end") this.#options.reader.ends();
    } finally {
      await this.#forgetOwn();
    }
    const failure = gravest(this.#failures);
    if (failure) throw failure;
  }

  /** Applies blocks until the end, a failure, or what the reader leaves them for. */
  async #stretch(): Promise<void> {
    const { context, plan, settings } = this.#options;
    const groups = plan.groups.slice(0, this.#first);
    const whole = this.#way.whole();
    const [next] = this.#way.rest();
    const isOurs = this.#way.detours().length > 0;
    const part = {
      ...(next && { from: next.id }),
      // Of what leads to the first block, for the next time.
      ...(!isOurs && { save: savePoints({ groups }, settings, { keep: false }) }),
      turn: (group: StepGroup, standing: Standing) => this.#turn(group, standing),
      judged: (failure: HarnessError) => this.#judged(failure),
      done: (group: StepGroup) => this.#way.done(group),
    };
    try {
      await applyGuide({ ...this.#options, plan: whole, whole, part });
    } catch (thrown) {
      context.signal.throwIfAborted();
      await this.#fell(thrown);
    }
  }

  async #turn(group: StepGroup, standing: Standing): Promise<Turn> {
    const { plan, reader } = this.#options;
    const failed = this.#failed === group.id;
    if (!failed && plan.groups.findIndex(({ id }) => id === group.id) < this.#first) return "run";
    const section = group.steps[0]?.section;
    if (section === this.#skipping) return this.#skip(group);
    this.#skipping = undefined;
    for (;;) {
      const answer = await reader.answer(group, {
        failed,
        checkpoints: () => this.#options.machines.saved(this.#way.plan()),
      });
      switch (answer.do) {
        case "run":
          this.#failed = undefined;
          return "run";
        case "skip":
          this.#skipping = section;
          this.#did(`skipped section ${section} from ${group.id}`);
          return this.#skip(group);
        case "shell":
          await this.#shell(answer.machine, group);
          break;
        case "save":
          await this.#save(standing);
          break;
        case "back":
          this.#leaving = answer;
          return "stop";
        case "end":
          return this.#end(group);
        default:
          answer satisfies never;
      }
    }
  }

  #skip(group: StepGroup): Turn {
    this.#way.skipped(group);
    this.#leave([group], "skipped by hand");
    return "skip";
  }

  #end(group: StepGroup): Turn {
    this.#did(`ended the walk before ${group.id}`);
    this.#leave(this.#way.rest(), "the walk was ended before it");
    this.#leaving = "end";
    return "stop";
  }

  #leave(groups: readonly StepGroup[], reason: string): void {
    const { requested, recorder, redactor } = this.#options;
    const steps = groups.flatMap((group) => group.steps);
    requested.leave(steps, reason, recorder, redactor);
  }

  async #shell(machine: string, group: StepGroup): Promise<void> {
    const { machines, reader, recorder, context } = this.#options;
    const { id, running } = await machines.open();
    const found = running.machines.find(({ spec }) => spec.name === machine);
    if (!found) return;
    this.#did(`was at a shell on ${machine} before ${group.id}`);
    this.#way.byHand(`somebody was at a shell on ${machine}`);
    const state = await loadClusterState(id);
    try {
      await reader.atShell(found.endpoint, state?.places[machine]?.cwd ?? "/root");
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof InfrastructureError)) throw error;
      // Who is at a shell may have ended the machine with it; the next block will say so.
      recorder.note(error.message);
    }
  }

  async #save(standing: Standing): Promise<void> {
    const { machines, recorder } = this.#options;
    const way = this.#way.plan();
    const last = way.groups.at(-1);
    if (!last) return recorder.note("Nothing was done yet: there is nothing to save.");
    if (!(await machines.save(way, await standing()))) return;
    const [saved] = await machines.saved(way);
    if (this.#way.isOwn && saved) this.#own.add(saved.key);
    recorder.note(`There is a checkpoint after ${last.id}.`);
  }

  async #back(after: string): Promise<void> {
    const { machines, recorder } = this.#options;
    const { resumed } = recorder.facts;
    const reached = await machines.back(this.#way.plan(after));
    // How the walk began stays as it was.
    const { resumed: _, ...facts } = recorder.facts;
    recorder.facts = { ...facts, ...(resumed && { resumed }) };
    this.#way.backTo(reached?.after);
    recorder.undone(new Set(this.#way.rest().flatMap(({ steps }) => steps.map(({ key }) => key))));
    this.#leaving = undefined;
    this.#failed = undefined;
    this.#skipping = undefined;
    this.#did(`went back to ${reached ? `after ${reached.after}` : "the beginning"}`);
  }

  /** Removes the checkpoints that are of use to nobody else, whatever ended the walk. */
  async #forgetOwn(): Promise<void> {
    const { context, recorder } = this.#options;
    if (this.#own.size === 0) return;
    using undo = undoing(context);
    await removeCheckpoints([...this.#own], undo).catch((error: unknown) =>
      recorder.note(toHarnessError(error).message),
    );
  }

  /** A failure as what it is: where the machines are not as the guide makes them, it is not the guide's. */
  #judged(failure: HarnessError): HarnessError {
    const detours = this.#way.detours();
    if (!(failure instanceof GuideFailure) || detours.length === 0) return failure;
    return new UsageError(`${failure.message}; this is not where the guide leads: ${detours.join("; ")}`, {
      ...failure.details,
      cause: failure,
      hint: "This says nothing about the guide: go back to a checkpoint before that, or begin anew.",
    });
  }

  /** A block failed; what no walk can go on after is thrown. */
  async #fell(thrown: unknown): Promise<void> {
    const failure = toHarnessError(thrown);
    const goesOn = [GuideFailure, UsageError, ArtifactError, InfrastructureError, NotPossibleHere].some(
      (kind) => failure instanceof kind,
    );
    const [next] = this.#way.rest();
    if (!goesOn || !next) throw gravest([...this.#failures, failure]) ?? failure;
    const { recorder, redactor, reader, context, blame } = this.#options;
    this.#failures.push(failure);
    this.#failed = next.id;
    this.#way.byHand(`${failure.details.step ?? next.id} had failed`);
    const known = recorder.facts.blames?.length ?? 0;
    try {
      await blame();
    } catch (error) {
      context.signal.throwIfAborted();
      recorder.note(toHarnessError(error).message);
    }
    reader.failed(failureRecord(failure, redactor), recorder.facts.blames?.slice(known) ?? []);
  }

  #did(what: string): void {
    const { recorder } = this.#options;
    const { walked = [] } = recorder.facts;
    recorder.facts = { ...recorder.facts, walked: [...walked, what] };
    recorder.note(`The reader ${what}.`);
  }
}
