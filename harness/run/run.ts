import { dirname } from "node:path";
import type { PreparedSet } from "../artifacts/set.ts";
import type { Context } from "../context.ts";
import { gravest, type HarnessError } from "../errors.ts";
import type { Plan } from "../guide/types.ts";
import { provider } from "../machines/index.ts";
import type { Connection } from "../machines/ssh/connection.ts";
import { shellQuote } from "../machines/ssh/quote.ts";
import { apply, selectGroups } from "./apply.ts";
import { recordBlame } from "./blame/index.ts";
import { plannedSteps } from "./blame/planned.ts";
import { bringUp } from "./bring-up.ts";
import { CheckpointBook } from "./checkpoints/book.ts";
import type { CheckpointNote } from "./checkpoints/notes.ts";
import { forgetClusterState, loadClusterState, saveClusterState } from "./cluster-state.ts";
import { collectJournals, residentBytes } from "./collect.ts";
import { ImageLoading } from "./images.ts";
import { guideText, planInputs } from "./inputs.ts";
import { assertPossible, describeImpossible, impossibleIn, lacksOf } from "./limits.ts";
import { type OpenCluster, openCluster } from "./open.ts";
import { prepare } from "./prepare.ts";
import type { Recorder } from "./recorder.ts";
import { processRedactor } from "./redact.ts";
import { Requested } from "./requested.ts";
import { assertSettings, planOf, portsOf, type Settings } from "./settings.ts";
import { milestonesOf } from "./suites/groups.ts";
import { type SuiteProgram, vitestProgram } from "./suites/program.ts";
import { runSuites, skipSuites } from "./suites/suites.ts";
import { Surroundings } from "./surroundings.ts";
import { Terminals } from "./terminals.ts";

/** When the machines that a run brought up stay after its end: so that they can be looked at, or only if it passed. */
export type Keep = "always" | "if passed" | "never";

/** One run: the verbs that scripts compose. Each records what it does; failures are thrown. */
export class Run {
  readonly settings: Settings;
  readonly recorder: Recorder;
  /** What all that blocks in this run is given. */
  readonly context: Context;
  readonly folder: string;
  /** What runs the suites. */
  readonly program: SuiteProgram;
  readonly #requested = new Requested();
  #plan: Plan | undefined;
  #cluster: OpenCluster | undefined;
  #book: CheckpointBook | undefined;
  /** The checkpoint that the machines started from. */
  #resumed: CheckpointNote | undefined;
  /** What is around the guide, as it was before the run touched the machines. */
  #surroundings: Promise<Surroundings> | undefined;
  /** Whether the cluster is this run's own, and so its to remove; `coming` while it is being made. */
  #own: "no" | "coming" | "yes" = "no";
  /** Takes out what the guide's text says is secret; knows it once the plan is read. */
  readonly redactor = processRedactor;

  constructor(
    settings: Settings,
    recorder: Recorder,
    context: Context,
    folder: string,
    program: SuiteProgram = vitestProgram,
  ) {
    this.settings = settings;
    this.recorder = recorder;
    this.context = context;
    this.folder = folder;
    this.program = program;
  }

  get signal(): AbortSignal {
    return this.context.signal;
  }

  /** Says what the run is to prove: steps of a plan, suites. What of it was not reached is told at the end. */
  async request(asked: {
    readonly plan?: Plan;
    readonly part?: Parameters<Requested["steps"]>[1];
    readonly suites?: readonly string[];
  }): Promise<void> {
    if (asked.plan) this.#requested.steps(asked.plan, asked.part);
    if (asked.suites) this.#requested.milestones = await milestonesOf(asked.suites);
  }

  /** Reads guide, errata and ports; what does not fit is known before a machine is touched. */
  async plan(): Promise<Plan> {
    assertSettings(this.settings);
    const plan = await this.recorder.span("plan", () => planOf(this.settings));
    this.#plan = plan;
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
      plan: plannedSteps(plan, this.redactor),
    };
    return plan;
  }

  /** NotPossibleHere if the guide, or a part of it, asks for what these machines or this artifact set cannot do. */
  async assertPossible(
    plan: Plan,
    part: { readonly from?: string; readonly after?: string; readonly to?: string } = {},
  ): Promise<void> {
    const impossible = impossibleIn(selectGroups(plan, part), await lacksOf(this.settings));
    assertPossible(impossible);
    for (const one of impossible) {
      this.recorder.note(`Not possible here; the step goes on without it: ${describeImpossible(one)}`);
    }
  }

  /** Checks the host, then builds or verifies artifacts and the machines' root file system, both at once. */
  prepare(): Promise<PreparedSet> {
    return prepare(this.settings, this.#plan, this.recorder, this.context);
  }

  /**
   * Brings the machines up and opens a connection to each. With `resume`, they start from the newest checkpoint on the
   * plan's way that survives a boot, or on the way of its beginning `asFarAs`, or from that after the block it names,
   * and `apply` goes on after it. The machines are ready for the plans `later`, too.
   */
  async up(
    prepared: PreparedSet,
    options: {
      readonly resume?: boolean | string;
      readonly asFarAs?: Plan;
      readonly later?: readonly Plan[];
    } = {},
  ): Promise<void> {
    const { resume = false, asFarAs: plan = this.#plan, later = [] } = options;
    const { settings, recorder, signal, context } = this;
    const plans = [...(this.#plan ? [this.#plan] : []), ...later];
    const wanted = { settings, plan, plans, prepared, recorder, context };
    const start = async (note?: CheckpointNote): Promise<OpenCluster> => {
      signal.throwIfAborted();
      // Whoever ends the run now has machines to remove; a provider that fails has removed them itself.
      this.#own = "coming";
      try {
        this.#cluster = await bringUp(wanted, (own) => (this.#own = own ? "yes" : "no"), note);
      } finally {
        if (this.#own === "coming") this.#own = "no";
      }
      return this.#cluster;
    };
    this.#book = await CheckpointBook.of(wanted);
    const remove = async (): Promise<unknown> => this.#remove(this.context);
    const from = typeof resume === "string" ? { after: resume } : {};
    this.#resumed = resume ? await this.#book?.resume({ start, remove, ...from }) : undefined;
    if (this.#resumed) this.#requested.resumed(this.#resumed.after);
    else await start();
    this.#surroundings = undefined;
    signal.throwIfAborted();
  }

  /** Applies the guide, or the part of it from a step to a section. The machines are saved after the blocks that `save` has. */
  async apply(
    plan: Plan,
    part: { readonly from?: string; readonly to?: string; readonly save?: ReadonlySet<string> } = {},
  ): Promise<void> {
    const cluster = await this.#open();
    const { recorder, redactor } = this;
    const { guide, errata, edits } = plan;
    const written = { guide: guide.file, errata, edits };
    const text = await guideText({ ...this.settings, ...written });
    const surroundings = await this.#around(cluster);
    const after = this.#resumed?.after;
    await this.assertPossible(plan, { ...part, ...(after !== undefined && { after }) });
    let state = (await loadClusterState(cluster.id)) ?? cluster.state;
    const whole = this.#plan ?? plan;
    const images = new ImageLoading(
      cluster,
      recorder,
      whole.groups.slice(0, groupIndex(whole, state.applied) + 1),
    );
    const terminals = await Terminals.open(cluster, state.places);
    try {
      await recorder.span("apply", async () =>
        apply({
          plan,
          terminals: terminals.all,
          recorder,
          redactor,
          context: this.context,
          judged: (failure) => surroundings.judged(failure),
          online: state.settings.online,
          lacks: await lacksOf(this.settings),
          ...part,
          ...(after !== undefined && { after }),
          beforeGroup: (group) => images.before(group),
          onGroupDone: async (group) => {
            const places = terminals.places();
            state = {
              ...state,
              settings: { ...state.settings, ...written },
              text,
              applied: group.id,
              places,
            };
            await saveClusterState(state);
            images.after(group);
            if (!part.save?.has(group.id)) return;
            await images.ended();
            await this.#book?.save(group, cluster, places);
          },
        }),
      );
      await images.ended();
    } finally {
      await images.settled();
      await terminals.close();
    }
  }

  /**
   * Runs the suites of some groups, the milestones `first` before the others; their tests are in the recorder. What must
   * be done `before` is done while they are loaded.
   */
  async suites(
    groups: readonly string[],
    {
      keep = false,
      first = [],
      before,
    }: {
      readonly keep?: boolean;
      readonly first?: readonly string[];
      readonly before?: () => Promise<void>;
    } = {},
  ): Promise<void> {
    const milestones = await milestonesOf(groups);
    const cluster = await this.#open();
    const { machines } = cluster;
    await this.#around(cluster);
    await runSuites({
      cluster: this.settings.cluster,
      machines,
      milestones,
      first,
      keep,
      ...(before && { before }),
      recorder: this.recorder,
      redactor: this.redactor,
      context: this.context,
      program: this.program,
    });
  }

  /**
   * Runs a script on a machine, as root in a login shell apart from the guide's, and records what it prints: all of it,
   * redacted.
   */
  async exec(
    machine: string,
    script: string,
  ): Promise<{ readonly exitCode: number; readonly output: string }> {
    const cluster = await this.#open();
    const { exitCode, stdout, stderr } = await this.recorder.spanOn(machine, "script", () =>
      cluster.connection(machine).exec(`bash -lc ${shellQuote(script)}`, {
        limit: "script",
      }),
    );
    const output = this.redactor.text(`${stdout}${stderr}`).trim();
    this.recorder.note(`${machine}: ${script.trim()}\n${output}`);
    return { exitCode, output };
  }

  /**
   * Saves the machines' unit journals beside the reports: all there is, or those of the run's own time where the machines
   * were there before. Throws the gravest reason why one could not be had.
   */
  async collect(context: Context): Promise<void> {
    const connections = this.#connections(context);
    if (connections.length === 0) return;
    const problems = await this.recorder.span("journals", () =>
      collectJournals(
        connections,
        this.folder,
        this.redactor,
        this.#own === "yes" ? undefined : this.recorder.now(),
      ),
    );
    this.recorder.machineBytes = Object.fromEntries(
      (await Promise.all(connections.map(residentBytes))).filter((entry) => entry !== undefined),
    );
    // A machine that does not answer any more is told: it may be why something is red, or what nobody has noticed yet.
    const worst = gravest(problems);
    if (worst) throw worst;
  }

  /** Traces what is red to the guide's steps, the units and the difference from the last green run. */
  async blame(context: Context): Promise<void> {
    if (!this.#cluster) return;
    const surroundings = await this.#surroundings?.catch(() => undefined);
    await recordBlame(
      this.recorder,
      this.#connections(context),
      dirname(this.folder),
      this.redactor,
      surroundings && (() => surroundings.look(context)),
    );
  }

  /** Records what was asked for and not reached, steps and tests, as skipped: because of `failure`, if there is one. */
  async skipRest(failure: HarnessError | undefined, context: Context): Promise<void> {
    const where = failure?.details.step === undefined ? "" : ` at ${failure.details.step}`;
    const reason = `not reached: the run ended${where}${failure ? `: ${failure.message.split("\n", 1)[0]}` : ""}`;
    const { recorder, redactor, program } = this;
    const told = redactor.text(reason);
    this.#requested.skipRest(told, recorder, redactor);
    const unseen = this.#requested.milestones.filter(
      (milestone) => !recorder.tests.some((test) => test.milestone === milestone),
    );
    if (unseen.length > 0)
      await skipSuites(told, { milestones: unseen, recorder, redactor, context, program });
  }

  /** What was asked for and has no proof, a sentence each; of use where nothing is red. */
  gaps(): string[] {
    return this.#requested.gaps(this.recorder);
  }

  /** Closes the connections; the machines that this run brought up stay or go. */
  async end(keep: Keep, passed: boolean, context: Context): Promise<void> {
    const stays = this.#own === "yes" && (keep === "always" || (keep === "if passed" && passed));
    const state = stays ? await loadClusterState(this.settings.cluster) : undefined;
    if (!state) return this.#remove(context);
    await saveClusterState({ ...state, kept: true });
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
    this.#own = "no";
    const { settings, recorder } = this;
    await recorder.span("down", () => provider(settings).down(settings.cluster, recorder, context));
    await forgetClusterState(this.settings.cluster);
  }

  /** For what is asked once the run is over, whatever ended it. None if the run never had a cluster. */
  #connections(context: Context): Connection[] {
    const cluster = this.#cluster;
    return cluster ? cluster.machines.map(({ name }) => cluster.connection(name).with(context)) : [];
  }

  /** Asked once, before anything is done to the machines. */
  #around({ machines }: OpenCluster): Promise<Surroundings> {
    this.#surroundings ??= Surroundings.of(this.#connections(this.context), machines, this.context);
    return this.#surroundings;
  }

  async #open(): Promise<OpenCluster> {
    this.#cluster ??= await this.recorder.span("connect", () =>
      openCluster(this.settings.cluster, this.context),
    );
    return this.#cluster;
  }
}

const groupIndex = ({ groups }: Plan, id: string | undefined): number =>
  groups.findIndex((group) => group.id === id);
