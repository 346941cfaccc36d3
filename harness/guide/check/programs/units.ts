import { posix } from "node:path";
import { packagesWith } from "../../../centos7/packages.ts";
import { closestWord, suggest } from "../../../input/suggest.ts";
import { parseEnvironment } from "../files/environment-file.ts";
import type { Fault, Subject, WrittenFile } from "../finding.ts";
import type { TextProblem } from "../../origin.ts";
import type { RuleId } from "../rules.ts";
import { dependencies, directives, sections, suffix, targets } from "../files/systemd-words.ts";
import { environmentFiles, execWords, parseUnit, type UnitEntry } from "../files/systemd-unit.ts";
import { packaged, unitExists } from "../../effects/lookup.ts";
import { checkExec, programOf } from "./exec.ts";

const unitPath = /\/systemd\/system\/[^/]+\.(?:service|socket|timer|target|path|mount)$/;

/** Unit files and their environment files, each by itself. */
export function* units({ files, world }: Subject): Iterable<Fault> {
  /** Environment files, and whether a shell reads what is in their variables. */
  const settings = new Map<string, boolean>();
  for (const { path, text, at } of files) {
    if (!unitPath.test(path)) continue;
    const unit = parseUnit(text);
    const fault = (rule: RuleId, { offset, message, hint }: TextProblem): Fault => ({
      rule,
      at: at(offset),
      message,
      hint,
    });
    for (const problem of unit.problems) yield fault("units/syntax", problem);
    for (const { name, offset, meant } of unit.sections) {
      if (sections.includes(name) || name.startsWith("X-")) continue;
      yield fault("units/syntax", {
        offset,
        message: `unknown section [${name}]`,
        hint: suggestSection(name, meant),
      });
    }
    for (const entry of unit.entries)
      yield* checkEntry(entry, world).map(([rule, problem]) => fault(rule, problem));
    for (const file of environmentFiles(unit.entries))
      settings.set(
        file,
        unit.entries.some(({ key, value }) => key === "ExecStart" && calledByShell.test(value)),
      );
    const program = path.endsWith(".service") ? programOf(unit.entries) : undefined;
    if (program) yield fault("units/exec", program);
    const install = unit.entries.some(({ section }) => section === "Install");
    if (!install && world.hosts.some(({ units: all }) => all.get(posix.basename(path))?.enabled)) {
      const hint = "add [Install] with WantedBy=multi-user.target";
      yield fault("units/target", { offset: 0, message: "it is enabled, but nothing wants it", hint });
    }
  }
  for (const { path, text, at } of files) {
    if (!settings.has(path)) continue;
    yield* environment(text, at, settings.get(path) === true);
  }
}

function suggestSection(name: string, meant: string): string {
  // What stands below it tells more than its letters.
  const near = meant === name ? closestWord(name, sections) : meant;
  return near === undefined ? suggest(name, sections) : `did you mean "${near}"?`;
}

/** A remark on a line within a value, and one behind a value, outside of its quotes. */
const within = /(?<=\n)[ \t]*(?<remark>#\S*)/d;
const behind = /^(?:"(?:[^"\\]|\\[^])*"|'[^']*'|[^"'#\n])*?[ \t](?<remark>#.*)/d;

const calledByShell = /^[-@:+!]*\S*\/(?:ba|da|z|k)?sh\s/;

function* environment(text: string, at: WrittenFile["at"], isShells: boolean): Iterable<Fault> {
  const { entries, problems } = parseEnvironment(text);
  for (const { offset, message, hint } of problems)
    yield { rule: "files/quote", at: at(offset), message, hint };
  for (const { valueOffset, end, name } of entries) {
    const value = text.slice(valueOffset, end);
    // A value is one line once its lines are joined: a line that ends without a backslash has cut it.
    const comma = /=[^\s"']*,(?=[\s"']|$)|,(?=["']?\s*$)/.exec(value);
    if (comma) {
      const hint = "remove the comma, or write what follows it without a blank";
      const offset = valueOffset + comma.index + comma[0].length - 1;
      yield { rule: "files/list", at: at(offset), message: "a list that ends in a comma", hint };
    }
    const blank = /:\/\/[^\s,]+,(?=\s+\w+:\/\/)/.exec(value);
    if (blank) {
      const message = `a list of addresses with a blank in it: ${name}`;
      const offset = valueOffset + blank.index + blank[0].length;
      yield {
        rule: "files/list",
        at: at(offset),
        message,
        hint: "write the next address directly after the comma",
      };
    }
    const expansion = isShells ? null : /\$(?:\(|\{?[A-Za-z_])[^\s"']*|`/.exec(value);
    if (expansion) {
      const message = `systemd expands nothing in an environment file: ${expansion[0]} stays as it is written`;
      const hint = "write the value, or have a shell write the file: a here-document without quotes";
      yield { rule: "units/variable", at: at(valueOffset + expansion.index), message, hint };
    }
    const remark = within.exec(value) ?? behind.exec(value);
    const [start, stop] = remark?.indices?.groups?.["remark"] ?? [];
    if (start === undefined) continue;
    const message = `${value.slice(start, stop)} is no comment here: it is a part of ${name}`;
    const hint = "take it out, or write it on a line of its own above the value";
    yield { rule: "files/comment", at: at(valueOffset + start), message, hint };
  }
}

/** What some directives of [Service] can be, in systemd 219 and later. */
const choices: Readonly<Record<string, readonly string[] | undefined>> = {
  Type: ["simple", "forking", "oneshot", "dbus", "notify", "idle", "exec", "notify-reload"],
  Restart: ["no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"],
  KillMode: ["control-group", "mixed", "process", "none"],
  NotifyAccess: ["none", "main", "exec", "all"],
};

/** A number with its unit, or of seconds. */
const span =
  /\s*\d+(?:\.\d+)?\s*(?:us(?:ec)?|ms(?:ec)?|s(?:ec(?:onds?)?)?|min(?:utes?)?|m|h(?:r|ours?)?|d(?:ays?)?|w(?:eeks?)?|M|months?|y(?:ears?)?)?(?![a-zA-Z\d.])/g;

type Form = { readonly isRight: (value: string) => boolean; readonly hint: string };

const time: Form = {
  isRight: (value) => value === "infinity" || value.replaceAll(span, "").trim() === "",
  hint: "write a number of seconds, or numbers with their units: 30, 1min 30s",
};
const limit: Form = {
  isRight: (value) => /^(?:(?:infinity|\d+[KMGTPE]?)(?::|$)){1,2}$/.test(value),
  hint: "write a number, or infinity",
};

function formOf(section: string, key: string): Form | undefined {
  if (!/^(?:Unit|Service)$/.test(section)) return undefined;
  if (/Sec$|^StartLimitInterval$/.test(key) && key !== "IODeviceLatencyTargetSec") return time;
  return /^Limit(?!CPU|RTTIME)/.test(key) ? limit : undefined;
}

type Found = readonly [RuleId, TextProblem];

function checkEntry(entry: UnitEntry, world: Subject["world"]): readonly Found[] {
  const { section, key, value, offset, valueOffset } = entry;
  const known = directives[section];
  if (known !== undefined && !known.has(key) && !key.startsWith("X-")) {
    const elsewhere = Object.entries(directives).find(([, words]) => words?.has(key))?.[0];
    const near = closestWord(key, known);
    const hint =
      elsewhere !== undefined
        ? `it belongs in [${elsewhere}]`
        : near === undefined
          ? "systemd ignores what it does not know: see systemd.directives(7)"
          : `did you mean "${near}"?`;
    return [["units/directive", { offset, message: `[${section}] has no ${key}`, hint }]];
  }
  const values = section === "Service" && Object.hasOwn(choices, key) ? choices[key] : undefined;
  if (values && value !== "" && !values.includes(value)) {
    const hint = suggest(value, values);
    return [["units/value", { offset: valueOffset, message: `${key} cannot be "${value}"`, hint }]];
  }
  if (section === "Service" && key.startsWith("Exec") && value !== "") return checkExec(value, valueOffset);
  if (key === "Environment") return environmentOf(value, valueOffset);
  const remark = /[ \t]#.*$/.exec(value);
  if (remark && !/^(?:Description|Documentation|Environment)$/.test(key)) {
    const message = `${remark[0].trim()} is no comment here: it is a part of ${key}`;
    const hint = "write it on a line of its own";
    return [["files/comment", { offset: valueOffset + remark.index + 1, message, hint }]];
  }
  const form = formOf(section, key);
  if (form && value !== "" && !form.isRight(value)) {
    const message = `${key} cannot be "${value}": systemd passes over it`;
    return [["units/value", { offset: valueOffset, message, hint: form.hint }]];
  }
  if (key === "User" && /^[a-z_][\w-]*$/.test(value)) {
    if (world.hosts.some((host) => host.users.has(value) || packaged(host, `@${value}`) !== false)) return [];
    const message = `there is no user ${value}: systemd does not start the program`;
    const [provider] = packagesWith(`@${value}`);
    const install = provider === undefined ? "" : `, or install the package ${provider}`;
    const hint = `useradd -r ${value} in an earlier step${install}`;
    return [["units/value", { offset: valueOffset, message, hint }]];
  }
  const names = execWords(value).words.map(({ text, offset: at }) => ({ text, offset: valueOffset + at }));
  if (section === "Install") return key === "Also" || key === "Alias" ? [] : names.flatMap(wanted(world));
  if (!dependencies.has(key)) return [];
  return names.flatMap(({ text, offset: at }): Found[] => {
    if (suffix.test(text) || text.includes("%")) return [];
    const message = `${key} names a unit with its kind: systemd ignores "${text}"`;
    const hint = text.includes(".") ? "units end in .service, .socket, .target …" : `write ${text}.service`;
    return [["units/value", { offset: at, message, hint }]];
  });
}

const environmentOf = (value: string, valueOffset: number): Found[] =>
  execWords(value)
    .words.filter(({ text }) => !/^[A-Za-z_]\w*=/.test(text))
    .map(({ text, offset }) => {
      const message = `${text} is no assignment: systemd passes over it`;
      const hint = 'quote the whole assignment: Environment="NAME=a b"';
      return ["units/value", { offset: valueOffset + offset, message, hint }];
    });

/** What enables a unit must be there: a target of systemd's, or a unit that a machine has. */
const wanted =
  ({ hosts }: Subject["world"]) =>
  ({ text, offset }: { readonly text: string; readonly offset: number }): Found[] => {
    if (suffix.test(text) && hosts.some((host) => unitExists(host, text) !== false)) return [];
    const near = closestWord(text.replace(/\.\w+$/, ".target"), targets);
    const hint = near === undefined ? "see systemd.special(7)" : `did you mean "${near}"?`;
    const message = `there is no ${/\.(?!target$)/.test(text) ? "unit" : "target"} ${text}`;
    return [["units/target", { offset, message, hint }]];
  };
