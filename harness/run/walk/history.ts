import type { Plan, StepGroup } from "../../guide/types.ts";

/** A part of the way: a block that was done or passed over, or what else happened, of which nobody knows what it did. */
type Stage =
  | { readonly kind: "done" | "skipped"; readonly group: StepGroup }
  | { readonly kind: "by hand"; readonly group: StepGroup; readonly what: string; readonly at?: string };

/** What has led to where a walk's machines stand. */
export class WalkHistory {
  readonly #plan: Plan;
  readonly #run: string;
  #stages: Stage[] = [];
  #deeds = 0;

  /** `run` is the id of the walk's run: nobody else's machines stand where something was done by hand in it. */
  constructor(plan: Plan, run: string) {
    this.#plan = plan;
    this.#run = run;
  }

  done(...groups: readonly StepGroup[]): void {
    this.#stages.push(...groups.map((group) => ({ kind: "done", group }) as const));
  }

  skipped(group: StepGroup): void {
    this.#stages.push({ kind: "skipped", group });
  }

  /** Something happened that is no block, `at` a machine's shell if so: from here on checkpoints are this walk's own. */
  byHand(what: string, at?: string): void {
    this.#deeds += 1;
    const last = this.#groups().at(-1)?.id ?? "start";
    const id = `${last.replace(/ \(.*/, "")} (then by hand, ${this.#deeds})`;
    const step = {
      key: `${id}, in ${this.#run}`,
      id,
      section: this.#groups().at(-1)?.steps[0]?.section ?? "",
      machine: "",
      location: { file: this.#plan.guide.file, line: 1 },
      endLine: 1,
      action: { kind: "run", script: "" },
      downloads: [],
      effects: [],
      changedBy: [],
    } as const;
    const group = { id, steps: [step] };
    this.#stages.push({ kind: "by hand", group, what, ...(at !== undefined && { at }) });
  }

  /** The machines are as they were after a block, or before all without one. */
  backTo(after: string | undefined): void {
    const index = this.#stages.findLastIndex(({ kind, group }) => kind !== "skipped" && group.id === after);
    this.#stages = this.#stages.slice(0, index + 1);
  }

  /** The plan that has led here, up to a block of it if one is named; a checkpoint's key is made of it. */
  plan(after?: string): Plan {
    const groups = this.#groups();
    const end = after === undefined ? groups.length : groups.findLastIndex(({ id }) => id === after) + 1;
    return { ...this.#plan, groups: groups.slice(0, end) };
  }

  /** What has led here, and behind it what is still to come. */
  whole(): Plan {
    return { ...this.#plan, groups: [...this.#groups(), ...this.rest()] };
  }

  rest(): readonly StepGroup[] {
    const last = this.#stages.findLast(({ kind }) => kind !== "by hand")?.group.id;
    return this.#plan.groups.slice(this.#plan.groups.findIndex(({ id }) => id === last) + 1);
  }

  /** What of it is not as the guide says, a few words each; empty if all is. */
  detours(): string[] {
    const all = this.#stages.flatMap((stage) => {
      if (stage.kind === "by hand") return [stage.what];
      return stage.kind === "skipped" ? [`section ${stage.group.steps[0]?.section} was skipped`] : [];
    });
    return [...new Set(all)];
  }

  hands(): string[] {
    return this.#stages.flatMap((stage) => (stage.kind === "by hand" ? (stage.at ?? []) : []));
  }

  /** Whether a checkpoint made here is of use to this walk alone. */
  get isOwn(): boolean {
    return this.#stages.some(({ kind }) => kind === "by hand");
  }

  #groups(): StepGroup[] {
    return this.#stages.flatMap(({ kind, group }) => (kind === "skipped" ? [] : [group]));
  }
}
