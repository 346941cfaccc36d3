import type { Context } from "../../context.ts";
import { formatLocation, InfrastructureError, toHarnessError, UsageError } from "../../errors.ts";
import type { StepGroup } from "../../guide/types.ts";
import type { BringUp } from "../cluster/bring-up.ts";
import type { OpenCluster } from "../cluster/open.ts";
import type { Assist } from "../../progress.ts";
import type { Recorder } from "../recorder.ts";
import { judge } from "../../blame/judge.ts";
import { Surroundings } from "../cluster/surroundings.ts";
import { loadProfile } from "../../profile/profile.ts";
import { dropLeases } from "./control-plane.ts";
import {
  type CheckpointMetadata,
  damagedMetadata,
  forgetMetadata,
  saidPlace,
  touchMetadata,
  writeMetadata,
} from "./metadata.ts";
import { failingOf, observe } from "./observe.ts";
import { type LostAfterBoot, lostAfterBoot, refusedIn } from "./revive.ts";
import { prune } from "./prune.ts";
import { savedOn, type CheckpointChain, chainOf } from "./chain.ts";

/** Boots that lose something, each of up to 90 s, before all checkpoints that have the like are passed over. */
const mostBoots = 2;

/** The checkpoints of one plan on one provider: those there are, and those that a run adds. */
export class CheckpointStore {
  readonly #chain: CheckpointChain;
  readonly #recorder: Recorder;
  readonly #context: Context;
  #saved: Promise<ReadonlySet<string>> | undefined;
  #broken = false;
  readonly #lost: LostAfterBoot[] = [];

  private constructor(chain: CheckpointChain, recorder: Recorder, context: Context) {
    this.#chain = chain;
    this.#recorder = recorder;
    this.#context = context;
  }

  /** The checkpoints of a run; undefined without a plan, and for a provider whose machines cannot be saved. */
  static async of(wanted: BringUp): Promise<CheckpointStore | undefined> {
    const { settings, plan, prepared, recorder, context } = wanted;
    const chain = plan && (await chainOf(plan, settings, prepared, context));
    if (!chain) return undefined;
    for (const damage of await damagedMetadata()) {
      recorder.note(`The checkpoint of ${formatLocation(damage)} is not used: ${damage.reason}.`);
    }
    for (const { message } of (await prune(context)).problems) recorder.note(message);
    return new CheckpointStore(chain, recorder, context);
  }

  /**
   * Starts machines from the newest checkpoint on the plan's chain; where not all of it comes up again, that is a finding,
   * and the one before is taken; so it is where that may be a starved host's doing, which is no finding. Undefined, with no
   * machines, if none is left: InfrastructureError if something else than a checkpoint was to blame. With `after`, only
   * the checkpoint after that block will do: UsageError without it.
   */
  async resume({
    start,
    remove,
    after,
  }: {
    readonly start: (metadata: CheckpointMetadata) => Promise<OpenCluster>;
    readonly remove: () => Promise<unknown>;
    readonly after?: string;
  }): Promise<CheckpointMetadata | undefined> {
    let boots = 0;
    let doubt: InfrastructureError | undefined;
    for (const metadata of await savedOn(this.#chain, this.#context)) {
      if (after !== undefined && metadata.after !== after) continue;
      // What boot after boot did not bring up, one from before does not either.
      if (boots >= mostBoots && (doubt || this.#lost.some((lost) => shares(metadata, lost)))) continue;
      if (!metadata.lost) {
        await touchMetadata(metadata.key);
        boots += 1;
        const cluster = await start(metadata);
        const connections = cluster.machines.map(({ name }) => cluster.connection(name));
        const around = await Surroundings.of({
          connections,
          machines: cluster.machines,
          context: this.#context,
          load: this.#recorder.load,
        });
        const [lost, dropped] = await this.#recorder.span("resume", () =>
          Promise.all([
            lostAfterBoot(cluster, metadata.up, this.#context),
            this.#dropLeases(cluster, metadata),
          ]),
        );
        const disorder =
          Object.keys(lost).length > 0 ? await disorderOf(metadata, { lost, cluster }, around) : undefined;
        if (disorder) {
          doubt ??= disorder;
          this.#recorder.note(`${disorder.message}; a checkpoint before it is tried`);
          await remove();
          continue;
        }
        if (this.#chain.checkpoints.inPlace) {
          // Nothing was booted: leases are held by whoever held them, and the guide has no part in what is missing.
          assertNone(lost);
          return this.#resumed(metadata);
        }
        if (Object.keys(lost).length === 0) {
          for (const assist of dropped) this.#recorder.assist(assist);
          return this.#resumed(metadata);
        }
        metadata.lost = lost;
        await writeMetadata(metadata);
        await remove();
      }
      this.#found(metadata.after, metadata.lost);
    }
    if (doubt) throw doubt;
    if (after === undefined) return undefined;
    throw new UsageError(`There is no checkpoint after ${after} that machines can start from`, {
      hint: `\`pnpm e2e --checkpoint ${after}\` saves one; \`pnpm checkpoints\` lists those there are.`,
    });
  }

  /** Nobody holds any where nothing was booted. */
  async #dropLeases(cluster: OpenCluster, { up }: CheckpointMetadata): Promise<Assist[]> {
    if (this.#chain.checkpoints.inPlace) return [];
    const profile = loadProfile(cluster.state.settings.guide);
    const leaders = /^unit kube-(scheduler|controller-manager)\./;
    const all = Object.values(up).flat();
    if (!all.some((one) => leaders.test(one))) return [];
    const dropped = await Promise.all(
      Object.entries(up).map(([machine, its]) => dropLeases(cluster.connection(machine), its, profile)),
    );
    return dropped.filter((assist) => assist !== undefined);
  }

  #resumed(metadata: CheckpointMetadata): CheckpointMetadata {
    const { after, steps, run, savedAt } = metadata;
    const recorder = this.#recorder;
    for (const assist of metadata.assists) recorder.assist(assist);
    const booted = !this.#chain.checkpoints.inPlace;
    recorder.facts = { ...recorder.facts, resumed: { after, steps, run, savedAt, booted } };
    recorder.note(`Resumed after ${saidPlace(after)}: its ${steps} steps were done by ${run}.`);
    return metadata;
  }

  /** An install that does not survive a reboot where it stands. */
  #found(after: string, lost: LostAfterBoot): void {
    const recorder = this.#recorder;
    this.#lost.push(lost);
    const findings = Object.entries(lost).map(([machine, what]) => ({ after, machine, what }));
    const before = recorder.facts.rebootFindings ?? [];
    recorder.facts = { ...recorder.facts, rebootFindings: [...before, ...findings] };
    for (const { machine, what } of findings) {
      recorder.note(`After ${after}, ${machine} does not survive a reboot: ${what.join(", ")}.`);
    }
  }

  /** Saves the machines as they stand after a block; whether there is a checkpoint now. Failure ends the saving, not the run. */
  async save(group: StepGroup, cluster: OpenCluster, places: CheckpointMetadata["places"]): Promise<boolean> {
    const key = this.#chain.keys.get(group.id);
    if (key === undefined || this.#broken) return false;
    const started = performance.now();
    try {
      if ((await this.#known()).has(key)) return true;
      const { settings, startedFrom } = cluster.state;
      return await this.#recorder.spanOn("checkpoints", group.id, async () => {
        const looks = await Promise.all(
          cluster.machines.map(async ({ name }) => ({
            machine: name,
            ...(await observe(cluster.connection(name))),
          })),
        );
        const { groups } = this.#chain.plan;
        const last = groups.findIndex(({ id }) => id === group.id);
        const steps = groups.slice(0, last + 1).flatMap((one) => one.steps);
        const failing = looks.flatMap((look) => failingOf(look, steps));
        // Whoever resumed there would not be told of it as a failure of the step that started it.
        if (failing.length > 0) {
          this.#recorder.note(`No checkpoint after ${group.id}: ${failing.join(", ")} does not stay up`);
          return false;
        }
        const up = looks.map(({ machine, up: all }): [string, string[]] => [machine, [...all]]);
        const metadata = {
          key,
          provider: settings.provider,
          ...(this.#chain.checkpoints.inPlace && { cluster: cluster.id }),
          after: group.id,
          section: group.steps[0]?.section ?? "",
          // What was done by hand has no machine, and is no step.
          steps: steps.filter(({ machine }) => machine !== "").length,
          run: this.#recorder.id,
          savedAt: new Date().toISOString(),
          milliseconds: 0,
          places,
          assists: this.#recorder.assists,
          ...(startedFrom && { startedFrom }),
          up: Object.fromEntries(up),
        };
        // First, for what is saved without metadata is removed by whoever finds it.
        await writeMetadata(metadata);
        await this.#chain.checkpoints.save(cluster.id, key, this.#context);
        await writeMetadata({ ...metadata, milliseconds: Math.round(performance.now() - started) });
        return true;
      });
    } catch (thrown) {
      this.#broken = true;
      await forgetMetadata(key);
      this.#recorder.note(`No checkpoint after ${group.id}: ${toHarnessError(thrown).message}`);
      return false;
    }
  }

  async #known(): Promise<ReadonlySet<string>> {
    this.#saved ??= this.#chain.checkpoints.list(this.#context).then((keys) => new Set(keys));
    return this.#saved;
  }
}

/** InfrastructureError if machines that went on where they were saved lack something of it. */
function assertNone(lost: LostAfterBoot): void {
  const [first] = Object.entries(lost);
  if (!first) return;
  const [machine, what] = first;
  throw new InfrastructureError(`${machine} is not as it was when it was saved: ${what.join(", ")}`, {
    machine,
    hint: "`pnpm down` removes the cluster and its checkpoints.",
  });
}

/** InfrastructureError if machines lack something after their boot for which the guide is not to be asked. */
async function disorderOf(
  metadata: CheckpointMetadata,
  { lost, cluster }: { readonly lost: LostAfterBoot; readonly cluster: OpenCluster },
  around: Surroundings,
): Promise<InfrastructureError | undefined> {
  // A machine that does not say it is told by what is around.
  const refused = await refusedIn(cluster, lost).catch(() => false);
  const reasons = judge({ late: true, text: "", refused }, await around.look());
  if (reasons.length === 0) return undefined;
  const missing = Object.entries(lost).map(([machine, what]) => `${what.join(", ")} of ${machine}`);
  return new InfrastructureError(
    `After ${metadata.after}, ${missing.join("; ")} did not come up again: ${reasons.join("; ")}`,
    {
      hint: "This says nothing of the checkpoint: it is kept. Put that right, or try again when it is over.",
    },
  );
}

const shares = ({ up }: CheckpointMetadata, lost: LostAfterBoot): boolean =>
  Object.entries(lost).some(([machine, what]) => what.some((one) => up[machine]?.includes(one)));
