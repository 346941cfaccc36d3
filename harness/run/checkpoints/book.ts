import { toHarnessError } from "../../errors.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import type { Checkpoints } from "../../machines/machine.ts";
import { provider } from "../../machines/index.ts";
import type { BringUp } from "../bring-up.ts";
import type { OpenCluster } from "../open.ts";
import type { Recorder } from "../recorder.ts";
import { machinesOf } from "../settings.ts";
import { dropLeases } from "./control-plane.ts";
import { checkpointKeys } from "./keys.ts";
import { type CheckpointNote, forgetNote, readNotes, touchNote, writeNote } from "./notes.ts";
import { observe } from "./observe.ts";
import { type Lost, lostAfterBoot } from "./revive.ts";
import { prune } from "./shelf.ts";

/** The checkpoints of one plan on one provider: those there are, and those that a run adds. */
export class CheckpointBook {
  readonly #plan: Plan;
  readonly #keys: ReadonlyMap<string, string>;
  readonly #checkpoints: Checkpoints;
  readonly #recorder: Recorder;
  readonly #patience: number;
  #saved: Promise<ReadonlySet<string>> | undefined;
  #broken = false;
  readonly #lost: Lost[] = [];

  private constructor(
    plan: Plan,
    keys: ReadonlyMap<string, string>,
    checkpoints: Checkpoints,
    recorder: Recorder,
    patience: number,
  ) {
    this.#plan = plan;
    this.#keys = keys;
    this.#checkpoints = checkpoints;
    this.#recorder = recorder;
    this.#patience = patience;
  }

  /** The book of a run; undefined without a plan, and for a provider whose machines cannot be saved. */
  static async of({ settings, plan, prepared, recorder }: BringUp): Promise<CheckpointBook | undefined> {
    const { checkpoints, name } = provider(settings);
    if (!plan || !checkpoints) return undefined;
    await prune();
    const [base, machines] = await Promise.all([checkpoints.base(), machinesOf(settings)]);
    const origin = { provider: name, base, machines, online: settings.online };
    return new CheckpointBook(
      plan,
      checkpointKeys(plan, origin, prepared),
      checkpoints,
      recorder,
      settings.patience,
    );
  }

  /**
   * Starts machines from the newest checkpoint on the plan's way; where not all of it comes up again, that is a finding,
   * and the one before is taken. Undefined, with no machines, if none is left.
   */
  async resume({
    start,
    remove,
    signal,
  }: {
    readonly start: (note: CheckpointNote) => Promise<OpenCluster>;
    readonly remove: () => Promise<unknown>;
    readonly signal: AbortSignal;
  }): Promise<CheckpointNote | undefined> {
    for (const note of await this.#candidates()) {
      // What one boot did not bring up, a boot from before does not either.
      if (this.#lost.some((lost) => Object.entries(lost).some(([name, what]) => has(note, name, what))))
        continue;
      if (!note.lost) {
        await touchNote(note.key);
        const cluster = await start(note);
        const lost = await this.#recorder.span("resume", () =>
          lostAfterBoot(cluster, note.up, { patience: this.#patience, signal }),
        );
        if (Object.keys(lost).length === 0) {
          await this.#dropLeases(cluster, note);
          return this.#resumed(note);
        }
        note.lost = lost;
        await writeNote(note);
        await remove();
      }
      this.#found(note.after, note.lost);
    }
    return undefined;
  }

  async #dropLeases(cluster: OpenCluster, { up }: CheckpointNote): Promise<void> {
    for (const [machine, its] of Object.entries(up)) {
      const assist = await dropLeases(cluster.connection(machine), its);
      if (assist) this.#recorder.assist(assist);
    }
  }

  #resumed(note: CheckpointNote): CheckpointNote {
    const { after, steps, run, savedAt } = note;
    const recorder = this.#recorder;
    for (const assist of note.assists) recorder.assist(assist);
    recorder.facts = { ...recorder.facts, resumed: { after, steps, run, savedAt } };
    recorder.note(`Resumed after ${after}: its ${steps} steps were done by ${run}.`);
    return note;
  }

  /** An install that does not survive a reboot where it stands. */
  #found(after: string, lost: Lost): void {
    const recorder = this.#recorder;
    this.#lost.push(lost);
    const findings = Object.entries(lost).map(([machine, what]) => ({ after, machine, what }));
    const before = recorder.facts.rebootFindings ?? [];
    recorder.facts = { ...recorder.facts, rebootFindings: [...before, ...findings] };
    for (const { machine, what } of findings) {
      recorder.note(`After ${after}, ${machine} does not survive a reboot: ${what.join(", ")}.`);
    }
  }

  /** Checkpoints on the way of this plan, the one with the most steps first. */
  async #candidates(): Promise<CheckpointNote[]> {
    const saved = await this.#known();
    const notes = new Map((await readNotes()).map((note) => [note.key, note]));
    return this.#plan.groups
      .map(({ id }) => this.#keys.get(id) ?? "")
      .filter((key) => saved.has(key))
      .flatMap((key) => notes.get(key) ?? [])
      .toReversed();
  }

  /**
   * Saves the machines as they stand after a block. Failure is told and ends the saving, not the run: nothing that is
   * proved depends on it.
   */
  async save(group: StepGroup, cluster: OpenCluster, places: CheckpointNote["places"]): Promise<void> {
    const key = this.#keys.get(group.id);
    if (key === undefined || this.#broken) return;
    const started = performance.now();
    try {
      if ((await this.#known()).has(key)) return;
      await this.#recorder.span(`checkpoint ${group.id}`, async () => {
        const up = await Promise.all(
          cluster.machines.map(async ({ name }): Promise<[string, string[]]> => [
            name,
            [...(await observe(cluster.connection(name))).up],
          ]),
        );
        const note = {
          key,
          provider: cluster.state.provider,
          after: group.id,
          section: group.steps[0]?.section ?? "",
          steps: stepsUpTo(this.#plan, group.id),
          run: this.#recorder.id,
          savedAt: new Date().toISOString(),
          milliseconds: 0,
          places,
          assists: this.#recorder.assists,
          up: Object.fromEntries(up),
        };
        // First, for what is saved without a note is removed by whoever finds it.
        await writeNote(note);
        await this.#checkpoints.save(cluster.id, key);
        await writeNote({ ...note, milliseconds: Math.round(performance.now() - started) });
      });
    } catch (thrown) {
      this.#broken = true;
      await forgetNote(key);
      this.#recorder.note(`No checkpoint after ${group.id}: ${toHarnessError(thrown).message}`);
    }
  }

  async #known(): Promise<ReadonlySet<string>> {
    this.#saved ??= this.#checkpoints.list().then((keys) => new Set(keys));
    return this.#saved;
  }
}

const has = ({ up }: CheckpointNote, machine: string, what: readonly string[]): boolean =>
  what.some((one) => up[machine]?.includes(one));

/** How many steps a plan has up to a block and with it. */
const stepsUpTo = ({ groups }: Plan, id: string): number =>
  groups
    .slice(0, groups.findIndex((group) => group.id === id) + 1)
    .reduce((sum, { steps }) => sum + steps.length, 0);
