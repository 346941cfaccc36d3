import { type HarnessError, InfrastructureError, toHarnessError } from "../../errors.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import { applyGuide, type ReadShellPlaces } from "../apply/apply-guide.ts";
import { selectGroups, type Turn } from "../apply/apply.ts";
import { savePoints } from "../checkpoints/chain.ts";
import { removeKeys } from "../checkpoints/prune.ts";
import { saidPlace } from "../checkpoints/metadata.ts";
import type { RunCluster } from "../cluster/run-cluster.ts";
import { changeClusterState, loadClusterState } from "../cluster/state.ts";
import type { Run } from "../run.ts";
import { failureRecord } from "../verdict.ts";
import { undoing } from "../../waits/bounded.ts";
import { decisive, isBearable, judgedAfter } from "./failures.ts";
import type { Reader } from "./reader.ts";
import { WalkHistory } from "./history.ts";

/**
 * The guide as its reader goes through it: each block waits for an answer. The gravest failure of a block is thrown at the end;
 * UsageError for what fails where the machines are not as the guide alone would have made them.
 */
export class Walk {
  readonly #run: Run;
  readonly #plan: Plan;
  readonly #reader: Reader;
  readonly #way: WalkHistory;
  readonly #first: number;
  readonly #failures: HarnessError[] = [];
  readonly #own = new Set<string>();
  #failed: string | undefined;
  #skipping: string | undefined;
  /** What ends the blocks: the way back to a checkpoint, or the walk's end. */
  #leaving: "end" | { readonly after: string } | undefined;

  /** Asks from the block `from` on; what comes before it is done without a question. */
  constructor(run: Run, plan: Plan, reader: Reader, from?: string) {
    const { recorder, machines } = run;
    this.#run = run;
    this.#plan = plan;
    this.#reader = reader;
    this.#way = new WalkHistory(plan, recorder.id);
    this.#first = from === undefined ? 0 : plan.groups.length - selectGroups(plan, { from }).length;
    const after = machines.resumed?.after;
    this.#way.done(...plan.groups.slice(0, plan.groups.findIndex(({ id }) => id === after) + 1));
    recorder.facts = { ...recorder.facts, walked: [] };
    run.judged = (failure) => this.#ofHand(failure);
  }

  readonly #judged = (failure: HarnessError): HarnessError =>
    judgedAfter(this.#way.detours(), failure, this.#way.hands());

  /** A machine that is gone may be so by the hand of whoever was at its shell; what the guide did was judged when it did it. */
  #ofHand(failure: HarnessError): HarnessError {
    return failure instanceof InfrastructureError ? this.#judged(failure) : failure;
  }

  async goes(): Promise<void> {
    try {
      while (this.#leaving !== "end" && this.#way.rest().length > 0) {
        await this.#stretch();
        if (typeof this.#leaving === "object") await this.#back(this.#leaving.after);
      }
      if (this.#leaving !== "end") this.#reader.ends();
    } finally {
      const walked = this.#way.detours();
      const { cluster } = this.#run.settings;
      // Whoever looks at machines that stay is to know of it.
      if (walked.length > 0) await changeClusterState(cluster, (state) => ({ ...state, walked }));
      await this.#forgetOwn();
    }
    const failure = decisive(this.#failures);
    if (failure) throw failure;
  }

  async #stretch(): Promise<void> {
    let began = false;
    const groups = this.#plan.groups.slice(0, this.#first);
    const whole = this.#way.whole();
    const [next] = this.#way.rest();
    const isOurs = this.#way.detours().length > 0;
    const part = {
      ...(next && { from: next.id }),
      // Of what leads to the first block, for the next time.
      ...(!isOurs && { save: savePoints({ groups }, this.#run.settings, { keep: false }) }),
      turn: (group: StepGroup, standing: ReadShellPlaces) => {
        began = true;
        return this.#turn(group, standing);
      },
      judged: this.#judged,
      done: (group: StepGroup) => this.#way.done(group),
    };
    try {
      await applyGuide(this.#run, whole, whole, part);
    } catch (thrown) {
      this.#run.context.signal.throwIfAborted();
      await (began ? this.#fell(thrown) : this.#lost(thrown));
    }
  }

  async #turn(group: StepGroup, standing: ReadShellPlaces): Promise<Turn> {
    const failed = this.#failed === group.id;
    if (!failed && this.#plan.groups.findIndex(({ id }) => id === group.id) < this.#first) return "run";
    const section = group.steps[0]?.section;
    if (section === this.#skipping) return this.#skip(group);
    this.#skipping = undefined;
    for (;;) {
      const answer = await this.#reader.answer(group, { failed, checkpoints: this.#checkpoints });
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
          return "leave";
        case "end":
          return this.#end(group);
        default:
          answer satisfies never;
      }
    }
  }

  readonly #checkpoints = (): ReturnType<RunCluster["saved"]> => this.#run.machines.saved(this.#way.plan());

  #skip(group: StepGroup): Turn {
    this.#way.skipped(group);
    this.#leave([group], "skipped by hand");
    return "skip";
  }

  #end(group: StepGroup): Turn {
    this.#did(`ended the walk before ${group.id}`);
    this.#run.recorder.note(`The same command with \`--from ${group.id}\` goes on there.`);
    this.#leave(this.#way.rest(), "the walk was ended before it");
    this.#leaving = "end";
    return "end";
  }

  #leave(groups: readonly StepGroup[], reason: string): void {
    const steps = groups.flatMap((group) => group.steps);
    this.#run.requested.leave(steps, reason, this.#run.recorder);
  }

  async #shell(machine: string, group: StepGroup): Promise<void> {
    const { machines, recorder, context } = this.#run;
    const { id, running } = await machines.open();
    const found = running.machines.find(({ spec }) => spec.name === machine);
    if (!found) return;
    this.#did(`was at a shell on ${machine} before ${group.id}`);
    this.#way.byHand(`somebody was at a shell on ${machine}`, machine);
    const state = await loadClusterState(id);
    const place = state?.places[machine]?.cwd ?? "/root";
    await this.#reader.atShell(found.endpoint, place).catch((error: unknown) => {
      context.signal.throwIfAborted();
      if (!(error instanceof InfrastructureError)) throw error;
      // Who is at a shell may have ended the machine with it; the next block will say so.
      recorder.note(error.message);
    });
  }

  async #save(standing: ReadShellPlaces): Promise<void> {
    const { machines, recorder } = this.#run;
    const way = this.#way.plan();
    const last = way.groups.at(-1);
    if (!last) return recorder.note("Nothing was done yet: there is nothing to save.");
    const places = await standing();
    // Virtual machines take half a minute.
    if (!(await recorder.span("save a checkpoint", () => machines.save(way, places)))) return;
    const [saved] = await machines.saved(way);
    if (this.#way.isOwn && saved) this.#own.add(saved.key);
    const there = `There is a checkpoint after ${saidPlace(last.id)}`;
    const isOld = saved && saved.run !== recorder.id;
    recorder.note(isOld ? `${there} already, saved by ${saved.run}: it is the same.` : `${there}.`);
  }

  async #back(after: string): Promise<void> {
    const { machines, recorder } = this.#run;
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
    this.#did(`went back to ${reached ? `after ${saidPlace(reached.after)}` : "the beginning"}`);
  }

  /** Removes the checkpoints that are of use to nobody else, whatever ended the walk. */
  async #forgetOwn(): Promise<void> {
    const { context, recorder } = this.#run;
    if (this.#own.size === 0) return;
    using undo = undoing(context);
    const { problems } = await removeKeys([...this.#own], undo).catch((error: unknown) => ({
      problems: [toHarnessError(error)],
    }));
    for (const { message } of problems) recorder.note(message);
  }

  /** The failure, and the block that stands next; what no walk can go on after is thrown. */
  #borne(thrown: unknown): { readonly failure: HarnessError; readonly next: StepGroup } {
    const failure = this.#ofHand(toHarnessError(thrown));
    const [next] = this.#way.rest();
    if (isBearable(failure) && next) return { failure, next };
    throw decisive([...this.#failures, failure]) ?? failure;
  }

  /** No block can be run any more, such as where a machine is gone: asks where to go instead. */
  async #lost(thrown: unknown): Promise<void> {
    const { failure, next } = this.#borne(thrown);
    // What follows from a failure does not outrank it.
    if (this.#failed === undefined) this.#failures.push(failure);
    this.#reader.failed(failureRecord(failure), []);
    const where = { failed: true, lost: true, checkpoints: this.#checkpoints } as const;
    for (;;) {
      const answer = await this.#reader.answer(next, where);
      if (answer.do === "back") return void (this.#leaving = answer);
      if (answer.do === "end") return void this.#end(next);
    }
  }

  async #fell(thrown: unknown): Promise<void> {
    const { failure, next } = this.#borne(thrown);
    const { recorder, context } = this.#run;
    this.#failures.push(failure);
    this.#failed = next.id;
    this.#way.byHand(`${failure.details.step ?? next.id} had failed`);
    const known = recorder.facts.blames?.length ?? 0;
    await this.#run.blame(context).catch((error: unknown) => {
      context.signal.throwIfAborted();
      recorder.note(toHarnessError(error).message);
    });
    this.#reader.failed(failureRecord(failure), recorder.facts.blames?.slice(known) ?? []);
  }

  #did(what: string): void {
    const { recorder } = this.#run;
    const { walked = [] } = recorder.facts;
    recorder.facts = { ...recorder.facts, walked: [...walked, what] };
    recorder.note(`The reader ${what}.`);
  }
}
