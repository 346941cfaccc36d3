import { artifactSet } from "../artifacts/index.ts";
import type { PreparedSet } from "../artifacts/set.ts";
import { InfrastructureError, UsageError } from "../errors.ts";
import type { Plan, StepGroup } from "../guide/types.ts";
import { provider } from "../machines/index.ts";
import { apply, type Terminal } from "./apply.ts";
import { loadImages, rebuiltBinaries, trustRoot } from "./assists.ts";
import {
  type ClusterState,
  forgetClusterState,
  loadClusterState,
  saveClusterState,
} from "./cluster-state.ts";
import { collectJournals, residentBytes } from "./collect.ts";
import { artifactInputs, planInputs } from "./inputs.ts";
import { needsOf, needsOptional } from "./needs.ts";
import { type OpenCluster, openCluster, openRunning } from "./open.ts";
import type { Recorder } from "./recorder.ts";
import { Redactor } from "./redact.ts";
import { assertSettings, machinesOf, planOf, portsOf, secretsOf, type Settings } from "./settings.ts";
import { milestonesOf, runSuites } from "./suites.ts";

/** One run: the verbs that scripts compose. Each records what it does; failures are thrown. */
export class Run {
  readonly settings: Settings;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
  readonly folder: string;
  #plan: Plan | undefined;
  #cluster: OpenCluster | undefined;
  /** Whether the cluster is this run's own, and so its to remove. */
  #made = false;
  /** Takes out what the guide's text says is secret; knows it once the plan is read. */
  redactor = new Redactor();

  constructor(settings: Settings, recorder: Recorder, signal: AbortSignal, folder: string) {
    this.settings = settings;
    this.recorder = recorder;
    this.signal = signal;
    this.folder = folder;
  }

  /** Reads guide, errata and ports; what does not fit is known before a machine is touched. */
  async plan(): Promise<Plan> {
    assertSettings(this.settings);
    const plan = await this.recorder.span("plan", () => planOf(this.settings));
    this.#plan = plan;
    this.redactor = new Redactor(secretsOf(plan));
    const sections = plan.guide.sections.map(({ number, title }) => ({ number, title }));
    const steps = plan.groups.reduce((sum, group) => sum + group.steps.length, 0);
    this.recorder.emit({ type: "plan", steps, sections });
    this.recorder.facts = {
      ...this.recorder.facts,
      accounting: plan.accounting,
      sections,
      dropped: plan.dropped,
      ports: portsOf(this.settings),
      inputs: await planInputs(this.settings),
    };
    return plan;
  }

  /** Checks the host, then builds or verifies artifacts and the machines' root file system, both at once. */
  async prepare(): Promise<PreparedSet> {
    const machines = provider(this.settings);
    const set = artifactSet(this.settings.artifacts);
    const shortfalls = await machines.probe(set.versions.kubernetes);
    const fatal = shortfalls.find((shortfall) => shortfall.fatal);
    if (fatal) {
      throw new InfrastructureError(`This host lacks ${fatal.need}: ${fatal.found}`, { hint: fatal.remedy });
    }
    const [prepared] = await this.#untilAborted(
      Promise.all([
        this.recorder.span("artifacts", async () =>
          set.prepare(this.recorder, this.signal, {
            imagesOnly: this.settings.online,
            optional: await needsOptional(set, this.#plan),
          }),
        ),
        this.recorder.span("machine image", () => machines.prepare(this.recorder)),
      ]),
    );
    if (prepared.rebuilt) this.recorder.assist(rebuiltBinaries(prepared.rebuilt));
    const { facts } = this.recorder;
    // What is downloaded for real is known to nobody beforehand.
    if (facts.inputs && !this.settings.online) {
      const artifacts = artifactInputs(prepared.files);
      this.recorder.facts = { ...facts, inputs: { ...facts.inputs, artifacts } };
    }
    return prepared;
  }

  /** Brings the machines up and opens a connection to each. */
  async up(prepared: PreparedSet): Promise<void> {
    const { cluster, provider: providerName, artifacts, errata, edits, online, patience } = this.settings;
    this.signal.throwIfAborted();
    const machines = await machinesOf(this.settings);
    const { kubernetes } = artifactSet(artifacts).versions;
    const needs = needsOf(machines, this.#plan, prepared, online);
    const running = await this.recorder.span("up", () =>
      provider(this.settings).up(
        { id: cluster, machines, kubernetes, artifacts: prepared.folder, needs, online, patience },
        this.recorder,
      ),
    );
    this.#made = true;
    for (const assist of running.assists) this.recorder.assist(assist);
    const state: ClusterState = {
      id: cluster,
      provider: providerName,
      artifactSet: artifacts,
      versions: artifactSet(artifacts).versions,
      ports: [...portsOf(this.settings)],
      machines: [...machines],
      online,
      patience,
      errata: [...errata],
      edits: [...edits],
      images: prepared.images,
      kept: false,
      places: {},
    };
    await saveClusterState(state);
    this.#cluster = await this.recorder.span("connect", () => openRunning(running, state));
    await this.recorder.span("trust root", () => this.#trustRoot());
  }

  /** Applies the guide, or the part of it from a step to a section. */
  async apply(plan: Plan, part: { readonly from?: string; readonly to?: string } = {}): Promise<void> {
    const cluster = await this.#open();
    let state = cluster.state;
    const loading = new Map<string, Promise<void>>();
    const loaded = async (): Promise<void> => {
      await Promise.all(loading.values());
    };
    const terminals = new Map(
      await Promise.all(
        cluster.machines.map(async ({ name }): Promise<[string, Terminal]> => {
          const connection = cluster.connection(name);
          return [name, { connection, shell: await connection.shell(state.places[name]) }];
        }),
      ),
    );
    try {
      await this.recorder.span("apply", () =>
        apply({
          plan,
          terminals,
          recorder: this.recorder,
          redactor: this.redactor,
          signal: this.signal,
          online: cluster.state.online,
          patience: this.settings.patience,
          ...part,
          beforeGroup: async (group) => {
            if (mentionsDocker(group)) await loaded();
          },
          onGroupDone: async (group) => {
            const places = Object.fromEntries(
              [...terminals].map(([name, { shell }]) => [name, shell.place()]),
            );
            state = { ...state, applied: group.id, places };
            await saveClusterState(state);
            for (const { machine } of group.steps.filter(startsDocker)) {
              if (!loading.has(machine)) loading.set(machine, this.#loadImages(cluster, machine));
            }
          },
        }),
      );
      await loaded();
    } finally {
      await Promise.allSettled(loading.values());
      await Promise.allSettled([...terminals.values()].map(({ shell }) => shell.close()));
    }
  }

  /** Runs the suites of some groups; their tests are in the recorder. */
  async suites(groups: readonly string[], { keep = false } = {}): Promise<void> {
    const milestones = await milestonesOf(groups);
    const { machines } = await this.#open();
    await runSuites({
      cluster: this.settings.cluster,
      machines,
      milestones,
      keep,
      patience: this.settings.patience,
      recorder: this.recorder,
      redactor: this.redactor,
      signal: this.signal,
    });
  }

  /** Saves the machines' unit journals beside the reports; says what could not be had. */
  async collect(): Promise<void> {
    const cluster = this.#cluster;
    if (!cluster) return;
    const connections = cluster.machines.map(({ name }) => cluster.connection(name));
    const problems = await this.recorder.span("journals", () =>
      collectJournals(connections, this.folder, this.redactor),
    );
    for (const problem of problems) this.recorder.note(problem);
    this.recorder.machineBytes = Object.fromEntries(
      (await Promise.all(connections.map(residentBytes))).filter((entry) => entry !== undefined),
    );
  }

  /** Marks the cluster as wanted after this process ends. */
  async keep(): Promise<void> {
    const { state } = await this.#open();
    await saveClusterState({ ...((await loadClusterState(state.id)) ?? state), kept: true });
  }

  /** Closes the connections; the machines stay. */
  async close(): Promise<void> {
    await this.#cluster?.close();
    this.#cluster = undefined;
  }

  /** Removes the machines that this run brought up, and all that was made for them; others are not its to touch. */
  async down(): Promise<string[]> {
    await this.close();
    if (!this.#made) return [];
    const removed = await this.recorder.span("down", () =>
      provider(this.settings).down(this.settings.cluster, this.recorder),
    );
    await forgetClusterState(this.settings.cluster);
    return removed;
  }

  async #open(): Promise<OpenCluster> {
    this.#cluster ??= await this.recorder.span("connect", () => openCluster(this.settings.cluster));
    return this.#cluster;
  }

  async #trustRoot(): Promise<void> {
    const cluster = await this.#open();
    const master = cluster.machines.find(({ role }) => role === "master");
    if (!master) throw new UsageError("The cluster has no master");
    const others = cluster.machines.filter(({ role }) => role !== "master");
    this.recorder.assist(
      await trustRoot(
        cluster.connection(master.name),
        others.map(({ name, address }) => ({ connection: cluster.connection(name), address })),
      ),
    );
  }

  async #loadImages(cluster: OpenCluster, machine: string): Promise<void> {
    const { images } = cluster.state;
    this.recorder.assist(
      await this.recorder.spanOn(`${machine} ahead`, "load images", () =>
        loadImages(cluster.connection(machine), images),
      ),
    );
  }

  async #untilAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([work, promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}

const startsDocker = (step: StepGroup["steps"][number]): boolean =>
  step.action.kind === "run" && /systemctl (re)?start docker\b/.test(step.action.script);

const mentionsDocker = (group: StepGroup): boolean =>
  group.steps.some((step) => step.action.kind === "run" && /\bdocker\b/.test(step.action.script));
