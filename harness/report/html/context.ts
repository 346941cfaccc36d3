import type { SourceLocation } from "../../errors.ts";
import type { Difference } from "../../record/blame.ts";
import type { RunRecord } from "../../record/record.ts";
import type { Anchors } from "../anchors.ts";

/** The run that this one is compared with, such as the last green one like it, and how it differs from that. */
export type Green = { readonly record: RunRecord; readonly difference: Difference };

/** Finds the run that one is compared with, among those beside its folder; undefined if there is none. */
export type FindGreen = (record: RunRecord, folder: string) => Promise<Green | undefined>;

/** What a unit said on a machine. */
export type Journal = {
  readonly machine: string;
  readonly unit: string;
  /** The lines that the last green run has nothing like; all of them if there is none. */
  readonly lines: readonly string[];
  /** How many lines are of a kind that the green run has, too. */
  readonly usual: number;
};

/** Addresses of what lies outside of the page; undefined for what its readers do not have. */
export type Addresses = {
  readonly line: (location: SourceLocation) => string | undefined;
  readonly run: (id: string) => string | undefined;
};

/** What a page says beside the record of its run. */
export type PageContext = {
  readonly anchors: Anchors;
  readonly addresses: Addresses;
  readonly journals: readonly Journal[];
  readonly green?: Green;
};
