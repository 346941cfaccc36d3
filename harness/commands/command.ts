import { type Command, Option } from "commander";
import { interruptions } from "../interruptions.ts";
import { chooseArtifacts } from "../run/choose.ts";
import { defaultSettings, type Settings } from "../run/settings.ts";
import { asWrittenOption, errataFor } from "./as-written.ts";
import { collect } from "./base.ts";

export { bare, command, describeError, main, print, report } from "./base.ts";

/** Adds the option that chooses a cluster. */
export const withCluster = (target: Command): Command =>
  target.addOption(new Option("--cluster <id>", "the machines to use").default(defaultSettings.cluster));

/** Adds the options that choose what is run and on what. */
export function withSettings(target: Command): Command {
  return withCluster(target)
    .addOption(new Option("--provider <name>", "what makes the machines").default(defaultSettings.provider))
    .addOption(
      new Option("--inventory <file>", "hosts that exist already, to be used as machines").implies({
        provider: "inventory",
      }),
    )
    .addOption(
      new Option("--adopt", "take hosts that carry the guide already, and leave them as they are").default(
        defaultSettings.adopt,
      ),
    )
    .addOption(
      new Option(
        "--artifacts <set>",
        "where the binaries come from: guide or debian; guide if it is complete in the cache",
      ),
    )
    .addOption(new Option("--guide <file>", "the guide's Markdown file").default(defaultSettings.guide))
    .addOption(asWrittenOption())
    .addOption(
      new Option("--edits <file...>", "YAML files with further edits of the guide")
        .default(defaultSettings.edits, "none")
        .argParser(collect),
    )
    .addOption(
      new Option("--nodes <number>", "how many nodes to make")
        .default(defaultSettings.nodes)
        .argParser(Number),
    )
    .addOption(
      new Option("--online", "let the guide's wget lines download for real").default(defaultSettings.online),
    )
    .addOption(
      new Option("--patience <factor>", "multiply every deadline, for machines that are slow")
        .default(defaultSettings.patience)
        .argParser(Number),
    );
}

/** A command's parsed options. */
type SettingsOptions = Omit<Settings, "artifacts" | "errata"> & {
  readonly artifacts?: string;
  readonly asWritten: readonly string[];
};

/** The settings among a command's parsed options; if nobody names an artifact set, also `why` it is this one. */
export async function settingsOf(options: SettingsOptions): Promise<{ settings: Settings; why?: string }> {
  const { cluster, provider, inventory, adopt, guide, asWritten, edits, nodes, online, patience } = options;
  const machines = { provider, ...(inventory !== undefined && { inventory }), adopt, nodes };
  const errata = await errataFor(asWritten, guide);
  const rest = { cluster, ...machines, guide, errata, edits, online, patience };
  if (options.artifacts !== undefined) return { settings: { ...rest, artifacts: options.artifacts } };
  using context = interruptions("Nothing was begun.");
  const { artifacts, why } = await chooseArtifacts(rest, context);
  return { settings: { ...rest, artifacts }, why };
}

/** Names of the options that a person gave, as commander spells them. */
export const askedFor = (target: Command): ReadonlySet<string> =>
  new Set(Object.keys(target.opts()).filter((name) => target.getOptionValueSource(name) === "cli"));
