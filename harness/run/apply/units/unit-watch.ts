import { GuideFailure, type HarnessError, InfrastructureError } from "../../../errors.ts";
import type { Step, StepGroup } from "../../../guide/types.ts";
import type { Connection } from "../../../machines/ssh/connection.ts";
import { NotYet, waitFor } from "../../../waits/wait.ts";
import { saysWhy } from "../../../blame/judge.ts";
import { inShort } from "../../../blame/units/last-words.ts";
import { shownUnits } from "../../../blame/units/units.ts";
import type { ApplyOptions } from "../apply.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import { explained, failureOf, findingOf, journalOf, unstarted } from "./unit-death.ts";
import { surveyUnits } from "./unit-survey.ts";
import {
  countsOf,
  isShaky,
  isUnproved,
  isUnsettled,
  restartsSince,
  type Watched,
  WatchedUnits,
} from "./watched-units.ts";
import { failureRecord } from "../../verdict.ts";
import { sh } from "../../../machines/ssh/sh.ts";

/** Milliseconds between two looks: seldom enough to cost nothing, often enough to be before a wait is over. */
export const lookInterval = 2000;

/** A unit that was started again so often since its step is not coming up. */
const hopeless = 3;

/** systemd 219 does not count restarts: each new start of the main process is one. */
const properties =
  "LoadState,ActiveState,SubState,Result,ExecMainStatus,NRestarts,ExecMainStartTimestampMonotonic";

export type UnitWatchOptions = Pick<ApplyOptions, "recorder" | "context" | "judged" | "limitations"> & {
  readonly connections: readonly Connection[];
};

/** Looks after the units that steps start: `systemctl start` is content with a program that ends a moment later. */
export class UnitWatch {
  readonly #options: UnitWatchOptions;
  readonly #watched: WatchedUnits;
  /** What was started, or has failed, since before the first block. */
  #changed: Awaited<ReturnType<typeof surveyUnits>> = async () => [];
  #lookedAt = -Infinity;
  readonly #looks = new Map<string, Promise<void>>();
  /** What was waited for long enough: units that are being started again, and those that are being started. */
  readonly #waited = new Set<"unitSettles" | "unitStarts">();

  constructor(before: readonly StepGroup[], options: UnitWatchOptions) {
    this.#options = options;
    this.#watched = new WatchedUnits(options.context.deadlines.for("unitSettles"), before);
  }

  async begins(): Promise<void> {
    this.#changed = await surveyUnits(this.#options.connections);
  }

  /** A step is done: what it started is looked after from now on, what it stopped no longer. */
  after(step: Step): void {
    // What was just started is looked at before the next block.
    if (this.#watched.after({ id: step.id, steps: [step] })) this.#lookedAt = -Infinity;
  }

  /** Looks after what the steps started or broke though nobody can read it in them, too. Suites break units as well: before them. */
  async survey(): Promise<void> {
    for (const { machine, unit } of await this.#changed()) this.#watched.changed(machine, unit);
  }

  rebooted(machine: string): void {
    for (const watched of this.#watched.of(machine)) delete watched.seen;
  }

  /** Whether a look must be over before a block: something was just started or is dead, or the block starts or stops it. */
  isUrgent(next: StepGroup): boolean {
    return this.#lookedAt === -Infinity || this.#watched.deaths().length > 0 || this.areTouchedBy(next);
  }

  areTouchedBy(group: StepGroup): boolean {
    return this.#watched.areTouchedBy(group);
  }

  /** Looks, if that was not just done or `next` starts or stops what is watched. Throws the first death in the guide's order. */
  async look(next?: StepGroup): Promise<void> {
    const isDue = performance.now() - this.#lookedAt >= lookInterval;
    if (isDue || (next && this.areTouchedBy(next))) {
      this.#lookedAt = performance.now();
      await Promise.all(this.#options.connections.map((connection) => this.#lookAt(connection)));
    }
    const [death] = this.#watched.deaths();
    if (death) throw death.failure;
  }

  /** Looks at all machines but these, and records what died there; who looks next throws it. */
  async glance(except: ReadonlySet<string>): Promise<void> {
    const others = this.#options.connections.filter(({ machine }) => !except.has(machine));
    await Promise.all(others.map((connection) => this.#lookAt(connection)));
  }

  /**
   * What the failure of a block is due to: the death of a unit that a step before it started, or one that its own step
   * started and that says more than systemctl's exit code. Waits until units that are being started again are up or dead.
   * What was waited for in vain while a unit ended for a reason of its own was late because of that, on a busy host, too.
   */
  async causeOf(failure: HarnessError, group: StepGroup): Promise<HarnessError> {
    const excused = failure.cause instanceof GuideFailure;
    const late = excused ? failure.cause : failure;
    if (!(late instanceof GuideFailure)) return failure;
    const { late: waited, ...details } = late.details;
    const begun = this.#options.recorder.now() - (waited ?? 0);
    try {
      await this.survey();
      await (excused ? this.#settled("unitStarts", isShaky) : this.#settled("unitSettles"));
    } catch (thrown) {
      this.#options.context.signal.throwIfAborted();
      // A machine that cannot be asked must not hide the failure itself.
      this.#options.recorder.note(`No look at the units: ${String(thrown)}`);
    }
    const deaths = this.#watched.deaths().filter(({ finding }) => !excused || saysWhy(finding));
    const earlier = deaths.find(({ finding }) => group.steps.every(({ key }) => key !== finding.step));
    if (earlier) return earlier.failure;
    const own = deaths.find(({ finding }) => finding.step === failure.details.step);
    if (!own && waited !== undefined) {
      const ended = this.#options.recorder.facts.unitFindings?.find(
        (finding) => finding.at >= begun && saysWhy(finding),
      );
      if (!ended) return failure;
      const why = `${ended.unit} on ${ended.machine} ended meanwhile: ${inShort(ended.said ?? "")}`;
      const { recorder, judged } = this.#options;
      const known = await judged(new GuideFailure(`${late.message}; ${why}`, details), true);
      recorder.unitExplains(ended, details.step ?? "", failureRecord(known));
      return known;
    }
    if (!own) return excused ? failure : unstarted(late, this.#options.connections);
    return explained(own.failure.verdict === "guide" ? late : failure, own);
  }

  /** After the last block: looks until what was just started is known to stay up. InfrastructureError if a machine did not say. */
  async ends(): Promise<void> {
    this.#lookedAt = -Infinity;
    await this.look();
    const rests = this.#options.context.deadlines.for("unitRests");
    this.#watched.keep((watched) => isUnsettled(watched, rests) || isUnproved(watched, rests));
    await this.#settled("unitSettles", isUnproved);
    // systemd itself gives a start more time than that.
    if (this.#watched.all().some(({ death, pending }) => pending && !death))
      await this.#settled("unitStarts");
    const [death] = this.#watched.deaths();
    if (death) throw death.failure;
    const silent = this.#watched.all().find((watched) => isUnproved(watched, rests));
    if (!silent) return;
    const { machine } = silent;
    throw new InfrastructureError(`${machine} did not say what became of ${silent.unit}`, {
      machine,
      hint: "See what keeps the machine busy.",
    });
  }

  /** Looks until no unit is being started, nor `isYoung`; what is not up in time does not come up. */
  async #settled(
    limit: "unitSettles" | "unitStarts",
    isYoung: typeof isUnsettled = () => false,
  ): Promise<void> {
    const { signal, deadlines } = this.#options.context;
    const rests = deadlines.for("unitRests");
    const look = async (): Promise<void> => {
      this.#lookedAt = -Infinity;
      await this.look();
      const unsettled = this.#watched
        .all()
        .filter((watched) => isUnsettled(watched, rests) || isYoung(watched, rests));
      if (unsettled.length > 0) throw new NotYet(unsettled.map(({ unit }) => unit).join());
    };
    try {
      await waitFor(look, {
        deadline: deadlines.for(limit),
        interval: 250,
        signal,
        late: ({ last }) => new NotYet(last),
      });
    } catch (thrown) {
      signal.throwIfAborted();
      if (this.#watched.deaths().length > 0) return;
      if (!(thrown instanceof NotYet)) throw thrown;
      // What is not up by now, for systemd waits longer between two starts, does not come up.
      this.#waited.add(limit);
      await look().catch((error: unknown) => {
        signal.throwIfAborted();
        if (!(error instanceof NotYet) && this.#watched.deaths().length === 0) throw error;
      });
    }
  }

  /** One look at a time at a machine, so that a death is found once. */
  #lookAt(connection: Connection): Promise<void> {
    const { machine } = connection;
    const look =
      this.#looks.get(machine) ?? this.#ask(connection).finally(() => void this.#looks.delete(machine));
    this.#looks.set(machine, look);
    return look;
  }

  async #ask(connection: Connection): Promise<void> {
    const own = this.#watched.of(connection.machine).filter(({ death }) => !death);
    if (own.length === 0) return;
    const names = own.map(({ unit }) => unit).join(" ");
    const { stdout, timedOut } = await connection.exec(sh`systemctl show --property=${properties} ${names}`, {
      limit: "question",
    });
    const shown = shownUnits(stdout);
    // A machine that is out of time answers in part; it is asked again.
    if (timedOut || shown.length !== own.length || !shown.every((state) => state.has("ActiveState"))) return;
    for (const [index, watched] of own.entries()) {
      const state = shown[index];
      watched.answeredAt = performance.now();
      if (state && state.get("LoadState") !== "not-found") await this.#note(connection, watched, state);
    }
  }

  async #note(connection: Connection, watched: Watched, state: ReadonlyMap<string, string>): Promise<void> {
    const before = watched.restarts;
    const active = state.get("ActiveState");
    watched.ours ||= active === "active";
    if (!watched.ours) return;
    watched.restarts += restartsSince(watched.seen, (watched.seen = countsOf(state)));
    watched.pending = active === "activating";
    if (watched.restarts > before) watched.restartedAt = performance.now();
    const again = this.#waited.has("unitSettles") && state.get("SubState") === "auto-restart";
    const stuck = this.#waited.has("unitStarts") && watched.pending;
    const dead = active === "failed" || watched.restarts >= hopeless || again || stuck;
    if (dead || watched.restarts > before) await this.#found(connection, watched, state, dead);
  }

  async #found(
    connection: Connection,
    watched: Watched,
    state: ReadonlyMap<string, string>,
    dead: boolean,
  ): Promise<void> {
    const { recorder, judged, limitations } = this.#options;
    const said = await journalOf(connection, watched.unit);
    const journal = { ...said, text: processRedactor.text(said.text) };
    const finding = { ...findingOf(watched, state, journal, dead), at: recorder.now() };
    if (dead) {
      const failure = failureOf(watched.step, finding, journal, limitations);
      watched.death = { finding, failure: await judged(failure, saysWhy(finding)) };
    }
    recorder.unitFound(finding, watched.death && failureRecord(watched.death.failure));
  }
}
