import { dirname } from "node:path";
import { loadProfile } from "../profile/profile.ts";
import type { PreparedSet } from "../artifacts/set.ts";
import type { Context } from "../context.ts";
import { gravest, type HarnessError, toHarnessError } from "../errors.ts";
import type { Plan } from "../guide/types.ts";
import { selectGroups } from "./apply/apply.ts";
import { applyGuide, defectsIn, type Part } from "./apply/apply-guide.ts";
import { statedClaims } from "./evidence/claims.ts";
import { recordBlame } from "./evidence/record-blame.ts";
import { factsOf } from "./evidence/planned.ts";
import { collectJournals, residentBytes } from "./evidence/journals/collect.ts";
import { planInputs } from "./request/inputs.ts";
import { assertPossible, describeImpossible, impossibleIn, limitationsOf } from "./request/limits.ts";
import { prepare } from "./prepare.ts";
import type { Recorder } from "./recorder.ts";
import { processRedactor } from "../secrets/redact.ts";
import { notReached, Requested } from "./request/requested.ts";
import { awayIn } from "./cluster/boots.ts";
import { RunCluster } from "./cluster/run-cluster.ts";
import { isRed } from "../record/outcome.ts";
import { isNotApplied } from "../record/selection.ts";
import { assertSettings, machinesOf, planOf, portsOf, type Settings } from "../settings/settings.ts";
import { reachOf, testsUnreached } from "./suites/reached.ts";
import type { ChosenTests } from "./suites/selection.ts";
import { askFor, isApart } from "./suites/groups.ts";
import { type Soak, type SuiteProgram, vitestProgram } from "./suites/program.ts";
import { endedFirst, isInterrupted, runSuites, skipSuites, type SuiteOptions } from "./suites/suites.ts";

type SuiteChoice = Partial<Pick<SuiteOptions, "keep" | "before">> & { readonly first?: readonly string[] };

/** One run: the verbs that scripts compose. Each records what it does; failures are thrown. */
export class Run {
  readonly settings: Settings;
  readonly recorder: Recorder;
  /** What all that blocks in this run is given. */
  readonly context: Context;
  readonly folder: string;
  readonly program: SuiteProgram;
  readonly requested = new Requested();
  readonly machines: RunCluster;
  #plan: Plan | undefined;
  /** When the steps and tests began that were red and were looked at for blame, or corrected. */
  readonly #blamed = new Set<number>();
  /** Whether suites have booted machines, or taken parts of the cluster away, since the run last connected to them. */
  #wereApart = false;
  /** A failure as what it is, where somebody had a hand in what the machines are. */
  judged = (failure: HarnessError): HarnessError => failure;

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
    this.machines = new RunCluster(settings, recorder, context);
  }

  /** Says what the run is to prove: steps of a plan, suites. What of it was not reached is told at the end. */
  async request(asked: {
    readonly plan?: Plan;
    readonly part?: Parameters<Requested["steps"]>[1];
    readonly suites?: readonly string[];
    readonly chosen?: ChosenTests | undefined;
    readonly soak?: Soak;
  }): Promise<void> {
    this.requested.soak = asked.soak;
    if (asked.plan) this.requested.steps(asked.plan, asked.part);
    if (asked.suites) this.requested.milestones = await askFor(asked.suites, this.settings, this.recorder);
    if (asked.chosen) this.requested.choose(asked.chosen, this.recorder);
    this.requested.tell(this.recorder);
  }

  /** Reads guide, errata and ports; what does not fit is known before a machine is touched. */
  async plan(): Promise<Plan> {
    assertSettings(this.settings);
    const plan = await this.recorder.span("plan", () => planOf(this.settings));
    this.#plan = plan;
    const facts = factsOf(plan);
    const ports = portsOf(this.settings);
    const leftOut = plan.dropped.map(({ id }) => id);
    this.recorder.emit({ type: "plan", steps: facts.plan.length, sections: facts.sections, ports, leftOut });
    const claims = statedClaims(plan.guide, loadProfile(this.settings.guide));
    const inputs = await planInputs(this.settings);
    this.recorder.facts = { ...this.recorder.facts, ...facts, claims, ports, inputs };
    return plan;
  }

  /** NotPossibleHere if the guide, or a part of it, asks for what these machines or this artifact set cannot do. */
  async assertPossible(plan: Plan, part: Parameters<typeof selectGroups>[1] = {}): Promise<void> {
    const impossible = impossibleIn(selectGroups(plan, part), await limitationsOf(this.settings));
    assertPossible(impossible);
    for (const one of impossible) {
      this.recorder.note(`Not possible here; the step goes on without it: ${describeImpossible(one)}`);
    }
  }

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
    const { settings, recorder, context } = this;
    const plans = [...(this.#plan ? [this.#plan] : []), ...later];
    await this.machines.up({ settings, plan, plans, prepared, recorder, context }, resume);
    const { resumed } = this.machines;
    if (!resumed) return;
    this.requested.resumed(resumed.after);
    this.requested.tell(recorder);
  }

  /** Applies the guide, or the part of it from a step to a section. The machines are saved after the blocks that `save` has. */
  async apply(plan: Plan, part: Part = {}): Promise<void> {
    const after = this.machines.resumed?.after;
    await this.assertPossible(plan, { ...part, ...(after !== undefined && { after }) });
    await applyGuide(this, plan, this.#plan ?? plan, part);
  }

  /**
   * Runs the suites of some groups, the milestones `first` before the others; their tests are in the recorder. What must
   * be done `before` is done while they are loaded; it may hand over what goes on beside them, whose failure ends them.
   */
  async suites(
    groups: readonly string[],
    { keep = false, first = [], before }: SuiteChoice = {},
  ): Promise<void> {
    const { chosen, milestones: ofChosen, soak } = this.requested;
    const asked = await askFor(groups, this.settings, this.recorder);
    const milestones = chosen ? ofChosen : asked;
    const { machines, state } = await this.machines.open();
    const profile = loadProfile(this.settings.guide);
    // A run's own cluster has of the guide what the run is to have applied.
    const reach = this.#plan && !this.machines.isOwn ? reachOf(state, this.#plan, profile) : undefined;
    const known = this.recorder.tests.length;
    if (reach) this.recorder.partApplied(reach);
    const boots = isApart(milestones, profile);
    const failures: HarnessError[] = [];
    const failed = (thrown: unknown): void => void failures.push(toHarnessError(thrown));
    let remembered: Promise<void> | undefined;
    await runSuites({
      cluster: this.settings.cluster,
      guide: this.settings.guide,
      machines,
      soak,
      milestones,
      order: [...first, ...Object.keys(profile.milestones)],
      keep,
      chosen,
      unreached: reach?.unreached,
      before: async (beside) => {
        await this.machines.around();
        // Nobody looks after units while machines are booted.
        await (boots ? endedFirst(before) : before)?.(beside);
      },
      // What was before the first test that boots machines is looked at while that one still looks at the cluster, too.
      begun: (milestone) => {
        if (!isApart([milestone], profile)) return;
        this.#wereApart = true;
        remembered ??= this.machines.known().then((around) => around?.remember());
      },
      recorder: this.recorder,
      context: this.context,
      program: this.program,
    }).catch(failed);
    await remembered;
    // Machines that do not answer after their boots are told, like all others, unless it is known why.
    if (boots && !this.context.signal.aborted) await this.undoFaults(this.context).catch(failed);
    const unreached = this.recorder.tests.slice(known).filter(isNotApplied);
    if (reach && unreached.length > 0) failures.push(testsUnreached(reach, unreached.length));
    const worst = gravest(failures);
    for (const other of failures) if (other !== worst) this.recorder.note(other.message);
    if (worst) throw worst;
  }

  /** Undoes the faults that suites were ended in, and connects anew to what they have booted; nothing if no suite did such things. */
  async undoFaults(context: Context): Promise<void> {
    if (!this.#wereApart) return;
    this.#wereApart = false;
    await this.machines.renew(awayIn(this.recorder.tests), context);
  }

  /** Runs a script on a machine, in a login shell of its own, and records what it prints: all of it, redacted. */
  async exec(
    machine: string,
    script: string,
    { noted = true } = {},
  ): Promise<{ exitCode: number; output: string }> {
    const { exitCode, stdout, stderr } = await this.machines.exec(machine, script);
    const output = processRedactor.text(`${stdout}${stderr}`).trim();
    if (noted) this.recorder.note(`${machine}: ${script.trim()}\n${output}`);
    return { exitCode, output };
  }

  /** Saves the machines' unit journals, of the run's own time if the machines were there before. Throws the gravest reason of a gap. */
  async collect(context: Context): Promise<void> {
    const connections = this.machines.connections(context);
    if (connections.length === 0) return;
    const { units } = loadProfile(this.settings.guide);
    const note = (message: string): void => this.recorder.note(message);
    const since = this.machines.isOwn ? undefined : this.recorder.now();
    const problems = await this.recorder.span("journals", () =>
      collectJournals(connections, units, this.folder, note, since),
    );
    this.recorder.machineBytes = await residentBytes(connections);
    // A machine that does not answer any more is told: it may be why something is red, or what nobody has noticed yet.
    const worst = gravest(problems);
    if (worst) throw worst;
  }

  /** Traces what is red to the guide's steps, the units and the difference from the last green run. */
  async blame(context: Context): Promise<void> {
    const connections = this.machines.connections(context);
    if (connections.length === 0) return;
    this.recorder.detoured(await this.machines.detours());
    const around = await this.machines.known();
    const look = around && (() => around.look(context));
    const steps = this.#plan?.groups.flatMap((group) => group.steps) ?? [];
    const blamed = new Set(this.#blamed);
    for (const { startMs } of this.recorder.steps.filter(isRed)) this.#blamed.add(startMs);
    const defects = this.#plan ? await defectsIn(this.#plan, this.settings.guide) : [];
    const reports = dirname(this.folder);
    const machines = await machinesOf(this.settings);
    const how = { reports, blamed, defects, machines, ...(look && { look }) };
    await recordBlame(this.recorder, connections, steps, how);
  }

  /** What is red until now was corrected: blame is of what comes after it. */
  corrected(): void {
    const { steps, tests } = this.recorder;
    for (const { startMs } of [...steps, ...tests].filter(isRed)) this.#blamed.add(startMs);
  }

  /** Records what was asked for and not reached, steps and tests, as skipped: because of `failure`, if there is one. */
  async skipRest(failure: HarnessError | undefined, context: Context): Promise<void> {
    const { recorder, program } = this;
    const told = processRedactor.text(notReached(failure));
    this.requested.skipRest(told, recorder);
    const { milestones, chosen, soak } = this.requested;
    const unseen = milestones.filter((name) => !recorder.tests.some(({ milestone }) => milestone === name));
    if (unseen.length === 0) return;
    const machines = await machinesOf(this.settings);
    const facts = { guide: this.settings.guide, machines, soak, brief: isInterrupted(this.context) };
    await skipSuites(told, { ...facts, milestones: unseen, chosen, recorder, context, program });
  }
}
