import type { TextLocation } from "../../check/finding.ts";
import { optionsIn } from "../../check/finding.ts";
import { parseEnvironment } from "../../check/files/environment-file.ts";
import { spotIn } from "../../check/files/here-document.ts";
import { execWords, type UnitEntry } from "../../check/files/systemd-unit.ts";
import type { Host } from "../host.ts";
import { orNearest } from "../lookup.ts";
import type { Setting, Starting } from "./services.ts";

/** A variable of a unit's environment, the place of its value, and the options in that. NUL is what nobody knows. */
type Variable = {
  readonly value: string;
  readonly spot: TextLocation;
  readonly options?: readonly Setting[];
};

/** The variables that a unit's own lines and its environment files set, the later over the earlier. */
export function environmentOf(
  entries: readonly UnitEntry[],
  { story, host, at, fault }: Starting,
): Map<string, Variable> {
  const environment = new Map<string, Variable>();
  for (const { key, value, valueOffset } of entries) {
    if (key === "Environment") {
      for (const { text, offset } of execWords(value).words) {
        const [name = "", ...rest] = text.split("=");
        environment.set(name, { value: rest.join("="), spot: at(valueOffset + offset) });
      }
    }
    if (key !== "EnvironmentFile") continue;
    const path = value.replace(/^-/, "");
    const entry = host.files.get(path);
    if (entry === undefined && !value.startsWith("-") && host.lacks(path)) {
      const remedy = "write it before the unit starts, or put `-` before its path if it may be absent";
      const hint = orNearest(story, host, path, remedy);
      fault("units/environment-file", at(valueOffset), `there is no ${path} when the unit starts`, hint);
    }
    for (const part of entry?.parts ?? []) {
      const placeOf = (offset: number): TextLocation => spotIn(part, offset);
      for (const { name, value: text, valueOffset: from, end } of parseEnvironment(part.text).entries) {
        const options = optionsIn(part.text.slice(0, end))
          .filter(({ offset }) => offset >= from)
          .map((option) => ({ name: option.name, value: option.value, spot: placeOf(option.valueOffset) }));
        environment.set(name, { value: text, spot: placeOf(from), options });
      }
    }
  }
  return environment;
}

/** The file that sets a variable, and the step that wrote it, for a hint; nothing if no file does. */
export function setterOf({ files }: Host, variable: string): string {
  for (const [path, { parts }] of files) {
    const part = parts.find(({ text }) =>
      parseEnvironment(text).entries.some(({ name }) => name === variable),
    );
    if (part) return `; it is set in ${path}, written by ${part.step.id}`;
  }
  return "";
}

/** Variables that systemd itself sets. */
const ofSystemd = new Set(["MAINPID", "MANAGERPID", "HOME", "USER", "PATH", "NOTIFY_SOCKET", "LISTEN_FDS"]);

/** The options that a command of a unit hands to its program; `lacks` is told of variables that nothing sets. */
export function settingsOf(
  { value, valueOffset }: UnitEntry,
  environment: ReadonlyMap<string, Variable>,
  lacks: (variable: string, spot: TextLocation) => void,
  { at, fault }: Starting,
): Setting[] {
  const settings: Setting[] = [];
  const { words } = execWords(value);
  for (const { 0: whole, 1: braced, 2: bare, index } of value.matchAll(/\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g)) {
    const name = braced ?? bare ?? "";
    const variable = environment.get(name);
    if (variable === undefined && !ofSystemd.has(name)) lacks(name, at(valueOffset + index));
    if (variable === undefined) continue;
    const alone = words.some(({ text, offset }) => offset === index && text === whole);
    if (bare === undefined && (!alone || !/\S\s+\S/.test(variable.value))) continue;
    if (bare === undefined) {
      const message = `${whole} hands all of its value over as one option`;
      const hint = `write $${name}, which systemd splits at blanks`;
      fault("units/variable", at(valueOffset + index), message, hint);
    }
    settings.push(...(variable.options ?? []));
  }
  for (const option of optionsIn(value)) {
    const [, name] = /^\$\{?(\w+)\}?$/.exec(option.value) ?? [];
    const variable = name === undefined ? undefined : environment.get(name);
    if (name === undefined) settings.push({ ...option, spot: at(valueOffset + option.valueOffset) });
    else if (variable) settings.push({ name: option.name, value: variable.value, spot: variable.spot });
  }
  return settings;
}
