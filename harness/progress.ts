/** Help given to a machine or a step that the guide's reader is not told of; design.md, rule 2. */
export type Assist = {
  /** Stable name, such as `oom-score-wrapper`. */
  readonly id: string;
  readonly reason: string;
  readonly machine?: string;
  readonly step?: string;
};

/** How the engine says what it is doing, without knowing who listens. */
export interface Progress {
  /** One line for a person: what started, or how far it is. */
  note(message: string): void;
  /** An assist was applied. */
  assist(assist: Assist): void;
  /** Runs `work` as a named, timed span of the trace; nests. */
  span<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** Listens to nothing. */
export const silent: Progress = {
  note: () => undefined,
  assist: () => undefined,
  span: (_name, work) => work(),
};
