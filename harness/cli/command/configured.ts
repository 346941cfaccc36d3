import { isDeepStrictEqual } from "node:util";
import type { Command, Option } from "commander";
import { formatLocation } from "../../errors.ts";
import { shortPath } from "../../report/text.ts";
import { type FileSettings, readSettingsFiles, settingsFiles } from "../../settings/file.ts";
import { aboutSetting, type SettingName, settingNames } from "../../settings/schema.ts";

/** Options that a file of settings may answer, with what they ask for. */
const answerable = new WeakMap<Option, SettingName>();

/** A file of settings may answer this option. */
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
  return target.hook("preAction", async () => {
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
  const { initial, implies = {} } = aboutSetting(name);
  if (!isOpen(option.attributeName(), initial)) return;
  target.setOptionValueWithSource(option.attributeName(), found.value, "config");
  for (const other of settingNames) {
    if (!Object.hasOwn(implies, other) || written.has(other)) continue;
    if (isOpen(other, aboutSetting(other).initial))
      target.setOptionValueWithSource(other, implies[other], "implied");
  }
}

/** A setting's value where a person is to see where it comes from; absent if it is chosen later. */
export type Origin = { readonly option: string; readonly value?: unknown; readonly from: string };

/** All settings as a command without words of its own would have them, each with where it comes from. UsageError as for the files. */
export async function origins(target: Command): Promise<Origin[]> {
  const written = await readSettingsFiles(settingsFiles());
  return settingNames.map((name) => {
    const { option, initial, env = "", defaultHelp, flags, print = (value) => value } = aboutSetting(name);
    const own = target.options.find((each) => each.flags === flags)?.attributeName() ?? "";
    const found = written.get(name);
    if (target.getOptionValueSource(own) === "cli")
      return { option, value: print(target.getOptionValue(own)), from: "command line" };
    if (isInEnvironment(name)) return { option, value: initial, from: env };
    if (found) {
      const { file, line } = found.at;
      return { option, value: print(found.value), from: formatLocation({ file: shortPath(file), line }) };
    }
    return {
      option,
      ...(initial !== undefined && defaultHelp !== "" && { value: initial }),
      from: "default",
    };
  });
}
