/** Who asked whom for what, in milliseconds since it all began: a line of a sequence diagram. */
export type Hop = {
  readonly from: string;
  readonly to: string;
  readonly what: string;
  readonly atMs: number;
};

/** What a fault of a running cluster came to: what a user noticed of it, in seconds since it began. */
export type FaultRecord = {
  /** What was taken away, and how: `etcd of the master killed`. */
  readonly name: string;
  /** When it was undone; of what its machine mends by itself, when it was done. */
  readonly undone: number;
  readonly wentOn: readonly string[];
  readonly broke: readonly {
    readonly what: string;
    readonly from: number;
    /** When it was right for a while, if it broke anew after that. */
    readonly mended?: number;
    /** Absent if it was not right again. */
    readonly until?: number;
  }[];
};

/** How something of a machine went over time, such as the memory of a unit's process. */
export type DriftRecord = {
  readonly machine: string;
  readonly what: string;
  /** What its values are counted in: `MiB`. */
  readonly unit: string;
  /** Seconds since the first look, and the value then. */
  readonly samples: readonly (readonly [at: number, value: number])[];
  /** By how much it may grow in an hour, and by how much it does; absent if nobody can say. */
  readonly bound: number;
  readonly perHour?: number;
  /** By how much it grew in the longest life that was looked at, and may go up and down in one: a steeper slope within that is no drift. */
  readonly grown?: number;
  readonly variation?: number;
  /** What it was at first, without the time in which it settled, and at last. */
  readonly from?: number;
  readonly to?: number;
};

/** Work of a test that was done before its turn, or by another test that needs it, too. */
export type AheadOfTurn = {
  /** How long before the test's start it was begun. */
  readonly beforeMs: number;
  /** How long it went on, at most until the test's start. */
  readonly durationMs: number;
};
