import { type Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import { completes, type Words } from "./completes.ts";
import { configured, mayAnswer } from "./configured.ts";
import { noted } from "./note.ts";
import { aboutSetting, type SettingName, settingNames } from "../../settings/schema.ts";
import { offered } from "./offered.ts";

/**
 * The option that asks for a setting; a command may say in its own words what it is to it, which is then no question that a file
 * of settings answers.
 */
export function optionFor(name: SettingName, help?: string): Option {
  const {
    flags,
    help: usual,
    option,
    initial,
    defaultHelp,
    preset,
    implies,
    current,
    read,
  } = aboutSetting(name);
  const told = initial === undefined && defaultHelp ? `${usual} (default: ${defaultHelp})` : usual;
  const made = completes(new Option(flags, help ?? told), offeredFor(name));
  if (initial !== undefined && defaultHelp !== "") made.default(initial, defaultHelp);
  if (preset !== undefined) made.preset(preset);
  if (implies) made.implies(implies);
  if (!made.isBoolean()) {
    const value = (text: string): string | number => {
      const now = current?.(text) ?? text;
      if (now !== text) noted.note(`${option} ${text} is the old name of ${option} ${now}.`);
      return read ? read(now, option) : now;
    };
    made.argParser<unknown>((text, before) => (made.variadic ? [before, value(text)].flat() : value(text)));
  }
  return help === undefined ? mayAnswer(made, name) : made;
}

function offeredFor(name: SettingName): Words {
  const { choices = [], file } = aboutSetting(name);
  if (name === "errata") return offered.errata;
  return name === "cluster" ? "clusters" : file ? "files" : choices;
}

/** Settings that a command does not take, each with the reason that a person is told. */
export type Refused = Readonly<Partial<Record<SettingName, string>>>;

/** Adds the options of all settings; those that a command cannot honour are refused by name, not passed over. */
export function withSettings(target: Command, refused: Refused = {}): Command {
  for (const name of settingNames) {
    const why = refused[name];
    const made = optionFor(name, why);
    target.addOption(why === undefined ? made : made.hideHelp());
    if (why === undefined) continue;
    target.on(`option:${made.name()}`, () => {
      throw new UsageError(`\`${target.name()}\` does not take ${aboutSetting(name).option}`, { hint: why });
    });
  }
  return configured(target);
}

/** Gives a command, whose machines go with it, a cluster of its own where none is named. */
export function withOwnCluster(target: Command): Command {
  describeCluster(target, "one of its own");
  return target.setOptionValueWithSource("cluster", `${target.name()}-${process.pid}`, "default");
}

/** Says in a command's help which cluster it is where none is named. */
export function describeCluster(target: Command, shown: string): void {
  const option = target.options.find((each) => each.attributeName() === attribute("cluster"));
  if (option) option.defaultValueDescription = shown;
}

/** What a command's parsed options say of the settings, by their names; errata as they were asked for. */
export const givenBy = (
  options: Readonly<Record<string, unknown>>,
): (readonly [name: SettingName, value: unknown])[] =>
  settingNames.map((name) => [name, options[attribute(name)]] as const);

/** The settings that a person gave on the command line. */
export const askedFor = (target: Command): ReadonlySet<SettingName> =>
  new Set(settingNames.filter((name) => target.getOptionValueSource(attribute(name)) === "cli"));

/**
 * Throws UsageError if a person gave options beside one that has no use for them, such as `--list`. `--json` says how it
 * shows what it shows, and others that it does honour are named.
 */
export function assertAlone(
  target: Command,
  beside: string,
  hint: string,
  honoured: readonly string[] = [],
): void {
  const other = target.options.find(
    (option) =>
      ![beside, "--json", ...honoured].includes(option.long ?? "") &&
      target.getOptionValueSource(option.attributeName()) === "cli",
  );
  if (other) throw new UsageError(`${beside} does not take ${other.long}`, { hint });
}

const attribute = (name: SettingName): string => optionFor(name).attributeName();
