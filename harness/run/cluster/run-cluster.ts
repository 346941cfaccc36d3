import type { Context } from "../../context.ts";
import { GuideFailure, toHarnessError } from "../../errors.ts";
import type { Plan } from "../../guide/types.ts";
import { provider } from "../../machines/index.ts";
import { unprovableFrom } from "../../machines/starting-state.ts";
import type { Connection, ExecResult } from "../../machines/ssh/connection.ts";
import { detoursOf } from "../apply/applied-guide.ts";
import { type BringUp, bringUp } from "./bring-up.ts";
import { chainOf, usableOn } from "../checkpoints/chain.ts";
import { CheckpointStore } from "../checkpoints/store.ts";
import type { CheckpointMetadata } from "../checkpoints/metadata.ts";
import type { Fate } from "../ending.ts";
import { optionFor, forgetClusterState, loadClusterState, saveClusterState } from "./state.ts";
import { booted } from "./boots.ts";
import { giveBack, notRunning, type OpenCluster, openCluster } from "./open.ts";
import type { Recorder } from "../recorder.ts";
import type { Settings } from "../../settings/settings.ts";
import { Surroundings } from "./surroundings.ts";
import { unanswered } from "../../machines/ssh/succeed.ts";
import { shellQuote } from "../../machines/ssh/quote.ts";
import { sh } from "../../machines/ssh/sh.ts";

/** When the machines that a run brought up stay after its end: so that they can be looked at, or only if it passed. */
export type KeepPolicy = "always" | "if passed" | "never";

/** A run's cluster: brought up or opened as it is, looked at, and in the end kept or removed. */
export class RunCluster {
  readonly #settings: Settings;
  readonly #recorder: Recorder;
  readonly #context: Context;
  #cluster: OpenCluster | undefined;
  /** The checkpoints of the run's plan; undefined if there can be none. */
  store: CheckpointStore | undefined;
  /** The checkpoint that the machines started from. */
  resumed: CheckpointMetadata | undefined;
  /** What the machines were brought up for; undefined for those that were there. */
  #wanted: BringUp | undefined;
  #surroundings: Promise<Surroundings> | undefined;
  /** Machines that the guide has kept from booting. */
  readonly #away = new Set<string>();
  /** Whether the cluster is this run's own, and so its to remove; `coming` while it is being made. */
  #own: "no" | "coming" | "yes" = "no";

  constructor(settings: Settings, recorder: Recorder, context: Context) {
    this.#settings = settings;
    this.#recorder = recorder;
    this.#context = context;
  }

  get isOwn(): boolean {
    return this.#own === "yes";
  }

  /** Brings the machines up: from the newest checkpoint that fits with `resume`, or that after the block it names. */
  async up(wanted: BringUp, resume: boolean | string): Promise<void> {
    const { signal } = this.#context;
    this.#wanted = wanted;
    const start = async (metadata?: CheckpointMetadata): Promise<OpenCluster> => {
      signal.throwIfAborted();
      // Whoever ends the run now has machines to remove; a provider that fails has removed them itself.
      this.#own = "coming";
      try {
        this.#cluster = await bringUp(wanted, (own) => (this.#own = own ? "yes" : "no"), metadata);
      } finally {
        if (this.#own === "coming") this.#own = "no";
      }
      return this.#cluster;
    };
    this.store = await CheckpointStore.of(wanted);
    const remove = (): Promise<void> => this.#remove(this.#context);
    const from = typeof resume === "string" ? { after: resume } : {};
    this.resumed = resume ? await this.store?.resume({ start, remove, ...from }) : undefined;
    const cluster = this.resumed ? this.#cluster : await start();
    this.#recorder.cannotProve(unprovableFrom(cluster?.state.startedFrom));
    this.#surroundings = undefined;
    this.#away.clear();
    signal.throwIfAborted();
  }

  /** Checkpoints on a way that machines come up from, as far as is known without a boot, the one with the most steps first. */
  async saved(way: Plan): Promise<CheckpointMetadata[]> {
    const wanted = this.#wanted;
    const chain = wanted && (await chainOf(way, wanted.settings, wanted.prepared, this.#context));
    return chain ? usableOn(chain, this.#context) : [];
  }

  /** Saves the machines as they stand at the end of the way that led there. False, and a note of why, if there is no such checkpoint now. */
  async save(way: Plan, places: CheckpointMetadata["places"]): Promise<boolean> {
    const last = way.groups.at(-1);
    const store = this.#wanted && last && (await CheckpointStore.of({ ...this.#wanted, plan: way }));
    if (store) return store.save(last, await this.open(), places);
    this.#recorder.note(`Machines of the provider ${this.#settings.provider} cannot be saved.`);
    return false;
  }

  /** Takes the machines back along a way: to the newest checkpoint on it that they come up from, or to before its first step. */
  async back(way: Plan): Promise<CheckpointMetadata | undefined> {
    const wanted = this.#wanted;
    if (!wanted) throw await notRunning(this.#settings.cluster);
    const own = this.#own;
    const inPlace = provider(this.#settings).checkpoints?.inPlace === true;
    if (inPlace) await this.#close();
    else await this.#remove(this.#context);
    try {
      await this.up({ ...wanted, plan: way }, true);
    } finally {
      // Machines that return to a checkpoint in their place are still whose they were, even if that fails.
      if (inPlace) this.#own = own;
    }
    return this.resumed;
  }

  /** The cluster with a connection to each machine, as this run or an earlier one brought it up. */
  async open(): Promise<OpenCluster> {
    if (this.#cluster) return this.#cluster;
    this.#cluster = await this.#recorder.span("connect", () =>
      openCluster(this.#settings.cluster, this.#context, (note) => this.#recorder.note(note)),
    );
    const { startedFrom, assists = [] } = this.#cluster.state;
    this.#recorder.detoured(detoursOf(this.#cluster.state));
    this.#recorder.cannotProve(unprovableFrom(startedFrom));
    for (const assist of assists) this.#recorder.assist(assist);
    return this.#cluster;
  }

  /** Runs a script as root in a login shell apart from the guide's. InfrastructureError if it does not come to its end in time. */
  async exec(machine: string, script: string): Promise<ExecResult> {
    const cluster = await this.open();
    const result = await this.#recorder.spanOn(machine, "script", () =>
      cluster.connection(machine).exec(sh`bash -lc ${shellQuote(script)}`, { limit: "script" }),
    );
    if (result.timedOut) throw unanswered(machine, { command: script });
    return result;
  }

  /** For what is asked once the run is over, whatever ended it. None if the run never had a cluster. */
  connections(context: Context): Connection[] {
    const cluster = this.#cluster;
    if (!cluster) return [];
    const there = cluster.machines.filter(({ name }) => !this.#away.has(name));
    return there.map(({ name }) => cluster.connection(name).with(context));
  }

  /** Reboots a machine, until systemd has started all. InfrastructureError if it does not come to an end with that. */
  async reboot(machine: string): Promise<void> {
    const cluster = await this.open();
    await this.#recorder.spanOn(machine, "reboot", async () => {
      await cluster.boot([machine], "reboot");
      await booted(cluster.connection(machine), this.#context);
    });
    await (await this.known())?.rebase([machine]);
  }

  /** Goes on with machines that the suites may have booted, but for those away, and gives back what was taken of them. */
  async renew(away: readonly string[], context = this.#context): Promise<void> {
    const cluster = await this.open();
    await this.#leave(away);
    try {
      for (const note of await giveBack(cluster.state, context)) this.#recorder.note(note);
    } catch (thrown) {
      const { machine } = toHarnessError(thrown).details;
      if (machine !== undefined) await this.#leave([machine]);
      throw thrown;
    }
    await this.#recorder.span("connect", () => cluster.renew(this.#away, context));
    const there = cluster.machines.filter(({ name }) => !this.#away.has(name));
    await (await this.known())?.rebase(there.map(({ name }) => name));
  }

  /** Asks machines no more of which it is known why they do not answer. */
  async #leave(machines: readonly string[]): Promise<void> {
    const around = await this.known();
    for (const machine of machines) {
      this.#away.add(machine);
      around?.leave(machine);
    }
  }

  /** Waits for a machine that a step has told to reboot, until its boot is over. GuideFailure if it booted short. */
  async returned(machine: string, before: string): Promise<void> {
    const cluster = await this.open();
    try {
      await cluster.returned(machine, before);
    } catch (thrown) {
      if (thrown instanceof GuideFailure) await this.#leave([machine]);
      throw thrown;
    }
    await booted(cluster.connection(machine), this.#context);
    await (await this.known())?.rebase([machine]);
  }

  /** What is around the guide, compared with how it was when this was first called: before the guide is begun. */
  async around(): Promise<Surroundings> {
    const { machines } = await this.open();
    const context = this.#context;
    const connections = this.connections(context);
    const { load } = this.#recorder;
    const machinesOf = provider(this.#settings);
    const isRemote = machinesOf.borrowed === true;
    load.machines = await machinesOf.cpuPressure?.(this.#settings.cluster);
    this.#surroundings ??= Surroundings.of({ connections, machines, context, load, isRemote });
    return this.#surroundings;
  }

  /** The same, if it was looked at before; undefined if not, or if that failed. */
  known(): Promise<Surroundings | undefined> {
    return this.#surroundings?.catch(() => undefined) ?? Promise.resolve(undefined);
  }

  /** What was done to its machines beside the guide, as far as that is known now: somebody may be at a shell meanwhile. */
  async detours(): Promise<readonly string[]> {
    const state = await loadClusterState(this.#settings.cluster).catch(() => undefined);
    return state ? detoursOf(state, this.isOwn) : [];
  }

  /** What becomes of the machines if the run is ended now. */
  fate(keep: KeepPolicy): Fate {
    if (this.#own === "no") {
      return this.#cluster
        ? { now: "the cluster stays as it is", hint: "The cluster stays as it is." }
        : { now: "no machines were made", hint: "No machines were made." };
    }
    return this.isOwn && keep === "always"
      ? { now: "the cluster stays up", hint: `\`pnpm down${optionFor(this.#settings.cluster)}\` removes it.` }
      : { now: "removing what was made", hint: "What was made is removed." };
  }

  /** Closes the connections; the machines that this run brought up stay or go. */
  async end(keep: KeepPolicy, passed: boolean, context: Context): Promise<void> {
    const stays = this.isOwn && (keep === "always" || (keep === "if passed" && passed));
    const state = stays ? await loadClusterState(this.#settings.cluster) : undefined;
    if (!state) return this.#remove(context);
    await saveClusterState({ ...state, assists: this.#recorder.assists, kept: true });
    const kept = { cluster: state.id, machines: state.machines.map(({ name }) => name) };
    this.#recorder.facts = { ...this.#recorder.facts, kept };
    await this.#close();
  }

  async #close(): Promise<void> {
    await this.#cluster?.close();
    this.#cluster = undefined;
  }

  /** Removes the machines that this run brought up, and all that was made for them; others are not its to touch. */
  async #remove(context: Context): Promise<void> {
    await this.#close();
    if (this.#own === "no") return;
    const { cluster } = this.#settings;
    await this.#recorder.span("down", () => provider(this.#settings).down(cluster, this.#recorder, context));
    // Not before: where an abort ends the removal in the course of a run, the run's end goes on with it.
    this.#own = "no";
    await forgetClusterState(cluster);
  }
}
