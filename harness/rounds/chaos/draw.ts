import { createHash } from "node:crypto";
import type { JudgedDraw } from "./chaos.ts";

/** What a run is hit with. */
export const faultKinds = [
  "SIGKILL",
  "SIGTERM",
  "machine killed",
  "link cut",
  "sshd stopped",
  "disk full",
] as const;

/** One round: which fault, where, and when in a run. */
export type ChaosCase = Pick<JudgedDraw, "round" | "kind" | "machine" | "from" | "at">;

/** A number from 0 to 1 that seed and words determine. */
const number = (...words: readonly (string | number)[]): number =>
  createHash("sha256").update(words.join(" ")).digest().readUInt32BE() / 2 ** 32;

/** The draw of a round: the same for the same seed, whatever rounds were before. Kinds take turns. */
export const drawOf = (seed: number, round: number): ChaosCase => ({
  round,
  kind: faultKinds[round % faultKinds.length] ?? "SIGKILL",
  machine: number(seed, round, "machine"),
  from: number(seed, round, "from"),
  at: number(seed, round, "at"),
});
