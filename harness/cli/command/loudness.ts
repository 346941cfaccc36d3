import { type Command, Option } from "commander";
import type { Loudness } from "../../report/console/live-view.ts";

/** What `withLoudness` adds to a command's parsed options. */
export type Loud = { readonly quiet?: boolean; readonly verbose?: boolean };

/** Adds the options that say how much of a run is told as it goes on. */
export const withLoudness = (target: Command): Command =>
  target
    .addOption(new Option("-q, --quiet", "print only failures and the end").conflicts("verbose"))
    .option("-v, --verbose", "print each step with its output, and each test");

/** How much is to be told. */
export const loudnessOf = ({ quiet = false, verbose = false }: Loud): Loudness =>
  quiet ? "quiet" : verbose ? "verbose" : "normal";
