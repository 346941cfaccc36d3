import type { Command } from "commander";
import { Deadlines } from "../../deadlines.ts";
import { UsageError } from "../../errors.ts";
import { interruptions } from "../../interruptions.ts";
import { assertId } from "../../choices.ts";
import { goOffline } from "../../host/offline.ts";
import { notAsApplied } from "../../run/apply/applied-guide.ts";
import { type ArtifactChoice, chooseArtifacts } from "../../settings/artifact-set.ts";
import type { ClusterState } from "../../run/cluster/state.ts";
import {
  assertSettings,
  missingFiles,
  type Settings,
  settingsFor,
  withNodes,
} from "../../settings/settings.ts";
import { settingsSchema, withoutAbsent } from "../../settings/schema.ts";
import { configured } from "./configured.ts";
import { errataFor } from "./as-written.ts";
import { noted } from "./note.ts";
import { askedFor, givenBy, optionFor } from "./setting-options.ts";

export { bare, command, countFor, describeError, main, print, report } from "./base.ts";
export { assertAlone, describeCluster, withOwnCluster, withSettings } from "./setting-options.ts";

export const withCluster = (target: Command): Command => configured(target.addOption(optionFor("cluster")));

/** Settings, and what a run says of them. */
export type Chosen = {
  readonly settings: Settings;
  /** Why it is this artifact set, if nobody named one. */
  readonly why?: string;
  /** The rules by which it was chosen. */
  readonly rules?: ArtifactChoice["rules"];
  /** What of the guide is not as it was last applied to the cluster. */
  readonly notAsApplied?: readonly string[];
};

/** A command's parsed options, among them those of `withSettings`. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/** The settings among a command's parsed options. UsageError if they cannot be, or name what is not there. */
export async function settingsOf(options: GivenOptions): Promise<Chosen> {
  const given = await read(options);
  const { artifacts: named } = Object.fromEntries(givenBy(options));
  const choice = named === undefined ? await chosenFor(given) : undefined;
  const settings = choice ? { ...given, artifacts: choice.artifacts } : given;
  assertSettings(settings);
  return { settings: await withNodes(settings), ...(choice && { why: choice.why, rules: choice.rules }) };
}

/** The settings as they are given, before an artifact set is chosen: enough to reject what no set can change. */
export async function settingsAsGiven(options: GivenOptions): Promise<Settings> {
  const settings = await read(options);
  assertSettings(settings);
  return settings;
}

/** The settings of a round: each of its runs is given them, so that a choice is made, and said, once. */
export async function settingsOfRound(options: GivenOptions): Promise<Settings> {
  const { settings, why } = await settingsOf(options);
  if (why !== undefined) noted.note(choiceLine(settings, why));
  return settings;
}

/** Which artifact set it is, and why: for a person. */
export const choiceLine = ({ artifacts }: Settings, why: string): string =>
  `Artifact set ${artifacts}: ${why}.`;

async function chosenFor(settings: Settings): Promise<ArtifactChoice> {
  using context = interruptions("Nothing was started.", new Deadlines(settings.timeoutFactor));
  return await chooseArtifacts(settings, context);
}

/** The settings for a cluster that is up: its own, but for what the command's options may change. UsageError likewise. */
export async function settingsOn(state: ClusterState, target: Command): Promise<Chosen> {
  const settings = settingsFor(await read(target.opts()), state, askedFor(target));
  assertSettings(settings);
  return { settings, notAsApplied: await notAsApplied(state, settings) };
}

async function read(options: GivenOptions): Promise<Settings> {
  const settings = settingsSchema.parse(withoutAbsent(givenBy(options)));
  assertId(settings.cluster);
  if (settings.offline) goOffline();
  const [missing] = await missingFiles(settings);
  if (missing) {
    throw new UsageError(`There is no file ${missing.file}`, {
      hint: `Give ${missing.option} the path of a file that exists.`,
    });
  }
  return { ...settings, errata: await errataFor(settings.errata, settings.guide) };
}
