import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type SourceLocation, UsageError } from "../errors.ts";
import { configRoot, fromCaller, projectRoot } from "../host/paths.ts";
import { type Finding, InvalidFileError } from "../input/findings.ts";
import { suggest } from "../input/suggest.ts";
import { parseYaml, readText, type YamlFile } from "../input/yaml-file.ts";
import { aboutSetting, type SettingName, settingNames, settingsSchema } from "./schema.ts";

/** Names the file of settings in the place of the usual ones; empty, it says that there is none. */
export const fileVariable = "GUIDE_CONFIG";

/** What such a file is called. */
export const fileName = "guide-conformance.yaml";

/** A setting as a file has it, and where. */
export type FileSetting = {
  readonly value: unknown;
  readonly at: SourceLocation;
  /** Its old name, if it is written so. */
  readonly formerly?: string;
};

/** What a person wants whenever nobody says otherwise. */
export type FileSettings = ReadonlyMap<SettingName, FileSetting>;

/** The files that say what a person always wants; what one says holds before what the next says. */
export function settingsFiles(env: NodeJS.ProcessEnv = process.env, project = projectRoot): string[] {
  const named = env[fileVariable];
  if (named !== undefined) return named === "" ? [] : [fromCaller(named, env)];
  return [join(project, fileName), join(configRoot(env), fileName)].filter((file) => existsSync(file));
}

/** Reads these files. UsageError for one that cannot be read, InvalidFileError for keys that there are not and values that cannot be. */
export async function readSettingsFiles(files: readonly string[]): Promise<FileSettings> {
  const settings = new Map<SettingName, FileSetting>();
  for (const file of files.toReversed()) {
    for (const [name, setting] of await readSettings(file)) settings.set(name, setting);
  }
  return settings;
}

const options = new Map(settingNames.map((name) => [aboutSetting(name).option.slice(2), name]));

/** Old names of options, with those of now. */
const formerly = new Map(
  settingNames.flatMap((name) => {
    const { flags, option } = aboutSetting(name);
    return (flags.match(/(?<=--)[\w-]+/g) ?? []).slice(0, -1).map((old) => [old, option.slice(2)] as const);
  }),
);

const keyHint = (key: string): string =>
  formerly.has(key) ? `${key} is called ${formerly.get(key)} now` : suggest(key, [...options.keys()]);

const hint =
  "the settings are the options of `pnpm e2e --help` without their dashes, such as `artifacts: source`";

async function textOf(file: string): Promise<string> {
  try {
    return await readText(file);
  } catch (thrown) {
    if (!(thrown instanceof UsageError) || !process.env[fileVariable]) throw thrown;
    const named = `${fileVariable} names it: give the path of a file that exists, or \`${fileVariable}=\` for none.`;
    throw new UsageError(thrown.message, { cause: thrown, hint: named });
  }
}

async function readSettings(file: string): Promise<FileSettings> {
  const yaml = parseYaml(await textOf(file), file);
  if ("findings" in yaml) throw new InvalidFileError(yaml.findings, hint);
  const { value: written, locate } = yaml;
  // A file of comments alone says nothing.
  if (written === null || written === undefined) return new Map();
  if (typeof written !== "object" || Array.isArray(written)) {
    const message = `a ${Array.isArray(written) ? "list" : "value"} in the place of settings`;
    const form = "write settings as `name: value`, such as `artifacts: source`, a line for each";
    throw new InvalidFileError([{ location: locate([]), message, hint: form }], hint);
  }
  const findings: Finding[] = [];
  const settings = new Map<SettingName, FileSetting>();
  for (const [key, value] of Object.entries(written)) {
    const name = options.get(key);
    try {
      if (name === undefined) throw new UsageError(`unknown key "${key}"`, { hint: keyHint(key) });
      const isOld = typeof value === "string" && (aboutSetting(name).current?.(value) ?? value) !== value;
      settings.set(name, {
        value: valueOf(name, key, value, dirname(file)),
        at: locate([key]),
        ...(isOld && { formerly: value }),
      });
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
      findings.push(findingOf(thrown, key, yaml));
    }
  }
  if (findings.length > 0) throw new InvalidFileError(findings, hint);
  return settings;
}

const findingOf = ({ message, details }: UsageError, key: string, { locate }: YamlFile): Finding => ({
  location: locate([key]),
  message,
  hint: details.hint ?? hint,
});

/** A setting's value by what is written; paths are those from the file's folder. UsageError for what it cannot be. */
function valueOf(name: SettingName, key: string, written: unknown, folder: string): unknown {
  const { choices, current, file, preset, read, initial } = aboutSetting(name);
  const schema = settingsSchema.shape[name];
  if (typeof initial === "boolean") {
    if (typeof written === "boolean") return written;
    throw new UsageError(`${key} cannot be ${JSON.stringify(written)}`, { hint: "write true or false" });
  }
  const one = (item: unknown): unknown => {
    if (typeof item !== "string" && typeof item !== "number") {
      throw new UsageError(`${key} cannot be ${JSON.stringify(item)}`, { hint: "write a text or a number" });
    }
    const text = current?.(String(item)) ?? String(item);
    if (choices && !choices.includes(text)) {
      throw new UsageError(`${key} cannot be ${JSON.stringify(item)}`, { hint: suggest(text, choices) });
    }
    if (!file) return read ? read(text, key) : text;
    const path = resolve(folder, text);
    if (existsSync(path)) return path;
    throw new UsageError(`${key}: there is no file ${path}`, {
      hint: "paths are those from the folder of this file",
    });
  };
  const isList = Array.isArray(initial);
  const items = isList && written === true && preset !== undefined ? [preset] : [written].flat();
  if (!isList && Array.isArray(written)) {
    throw new UsageError(`${key} cannot be ${JSON.stringify(written)}`, { hint: "write one value" });
  }
  const value = isList ? items.map(one) : one(written);
  const { error } = schema.safeParse(value);
  if (error) throw new UsageError(`${key}: ${error.issues[0]?.message ?? "not possible"}`, { hint });
  return value;
}
