import { createHash } from "node:crypto";

/** What a run is hit with. */
export const faultKinds = [
  "SIGKILL",
  "SIGTERM",
  "machine killed",
  "link cut",
  "sshd stopped",
  "disk full",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** One round: which fault, where, and when in a run. */
export type Draw = {
  readonly round: number;
  readonly kind: FaultKind;
  /** Which of the cluster's machines, from 0 to 1. */
  readonly machine: number;
  /** How far of the guide its machines have come when it begins: a place among the checkpoints, from 0 to 1. */
  readonly from: number;
  /** Part of a run's usual time, from 0 to 1, after which it is hit; for a full disk, of the reports' usual size. */
  readonly at: number;
};

/** A number from 0 to 1 that seed and words determine. */
const number = (...words: readonly (string | number)[]): number =>
  createHash("sha256").update(words.join(" ")).digest().readUInt32BE() / 2 ** 32;

/** The draw of a round: the same for the same seed, whatever rounds were before. Kinds take turns. */
export const drawOf = (seed: number, round: number): Draw => ({
  round,
  kind: faultKinds[round % faultKinds.length] ?? "SIGKILL",
  machine: number(seed, round, "machine"),
  from: number(seed, round, "from"),
  at: number(seed, round, "at"),
});
