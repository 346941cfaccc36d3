import { isDeepStrictEqual } from "node:util";
import type { Command, Option } from "commander";
import { formatLocation, type SourceLocation } from "../../errors.ts";
import { shortPath } from "../../host/paths.ts";
import {
  fileName,
  type FileSetting,
  type FileSettings,
  readSettingsFiles,
  settingsFiles,
} from "../../settings/file.ts";
import { aboutSetting, type SettingName, settingNames } from "../../settings/schema.ts";
import { noted } from "./note.ts";

/** Options that a file of settings may answer, with what they ask for. */
const answerable = new WeakMap<Option, SettingName>();

export function mayAnswer(option: Option, name: SettingName): Option {
  answerable.set(option, name);
  return option;
}

/** Whether the environment says it, before which a file says nothing. */
const isInEnvironment = (name: SettingName): boolean => {
  const { env } = aboutSetting(name);
  return env !== undefined && process.env[env] !== undefined;
};

/** What a person has in files is asked for wherever the command line and the environment say nothing. */
export function configured(target: Command): Command {
  const help = `\n${fileName} sets defaults for these options: docs/every-day.md.`;
  return target.addHelpText("after", help).hook("preAction", async () => {
    const written = await readSettingsFiles(settingsFiles());
    for (const option of target.options) {
      const name = answerable.get(option);
      if (name !== undefined) answer(target, option, name, written);
    }
  });
}

function answer(target: Command, option: Option, name: SettingName, written: FileSettings): void {
  const found = written.get(name);
  if (!found || isInEnvironment(name)) return;
  const isOpen = (attribute: string, initial: unknown): boolean => {
    const value: unknown = target.getOptionValue(attribute);
    const isDefault = (target.getOptionValueSource(attribute) ?? "default") === "default";
    // A command that makes machines of its own has another default.
    return isDefault && (value === undefined || isDeepStrictEqual(value, initial));
  };
  const { initial, implies = {}, option: flag } = aboutSetting(name);
  if (!isOpen(option.attributeName(), initial)) return;
  if (found.formerly !== undefined)
    noted.note(
      `${placeOf(found.at)}: ${flag} ${found.formerly} is the old name of ${flag} ${String(found.value)}.`,
    );
  target.setOptionValueWithSource(option.attributeName(), found.value, "config");
  for (const other of settingNames) {
    if (!Object.hasOwn(implies, other) || written.has(other)) continue;
    if (isOpen(other, aboutSetting(other).initial))
      target.setOptionValueWithSource(other, implies[other], "implied");
  }
}

/** A setting's value where a person is to see where it comes from; absent if nobody gave one. */
export type Origin = { readonly option: string; readonly value?: string; readonly from: string };

/** All settings as a command without words of its own would have them, each with where it comes from. UsageError as for the files. */
export async function origins(target: Command): Promise<Origin[]> {
  const written = await readSettingsFiles(settingsFiles());
  return settingNames.map((name) => originOf(target, name, written.get(name)));
}

function originOf(target: Command, name: SettingName, found: FileSetting | undefined): Origin {
  const { option, initial, env = "", defaultHelp, flags, print = String } = aboutSetting(name);
  const attribute = target.options.find((each) => each.flags === flags)?.attributeName() ?? "";
  const origin = (value: unknown, from: string): Origin =>
    value === undefined
      ? { option, from }
      : { option, value: [value].flat().map(print).join(" ") || "none", from };
  if (target.getOptionValueSource(attribute) === "cli")
    return origin(target.getOptionValue(attribute), "command line");
  if (isInEnvironment(name)) return origin(initial, env);
  // What is chosen later has no default to show.
  if (!found && initial === undefined && defaultHelp) return { option, value: defaultHelp, from: "default" };
  if (!found) return origin(defaultHelp === "" ? undefined : initial, "default");
  return origin(found.value, placeOf(found.at));
}

const placeOf = ({ file, line }: SourceLocation): string => formatLocation({ file: shortPath(file), line });
