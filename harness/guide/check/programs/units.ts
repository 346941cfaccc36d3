import { posix } from "node:path";
import { closestWord, suggest } from "../../../input/suggest.ts";
import { parseEnvironment } from "../files/environment-file.ts";
import { type Fault, type Subject, type WrittenFile, writtenFiles } from "../finding.ts";
import type { RuleId } from "../rules.ts";
import { directives, sections, targets } from "../files/systemd-words.ts";
import {
  environmentFiles,
  execWords,
  parseUnit,
  type TextProblem,
  type UnitEntry,
} from "../files/systemd-unit.ts";

const unitPath = /\/systemd\/system\/[^/]+\.(?:service|socket|timer|target|path|mount)$/;

/** Unit files and their environment files, each by itself. */
export function* units(subject: Subject): Iterable<Fault> {
  const { world } = subject;
  const files = writtenFiles(subject);
  const settings = new Set<string>();
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
    for (const { name, offset } of unit.sections) {
      if (sections.includes(name) || name.startsWith("X-")) continue;
      yield fault("units/syntax", {
        offset,
        message: `unknown section [${name}]`,
        hint: suggest(name, sections),
      });
    }
    for (const entry of unit.entries) yield* checkEntry(entry).map(([rule, problem]) => fault(rule, problem));
    for (const file of environmentFiles(unit.entries)) settings.add(file);
    const starts = unit.entries.some(({ section, key }) => section === "Service" && key === "ExecStart");
    if (path.endsWith(".service") && !starts) {
      const hint = "write ExecStart=/path/of/the/program in [Service]";
      yield fault("units/exec", { offset: 0, message: "a service without ExecStart", hint });
    }
    const install = unit.entries.some(({ section }) => section === "Install");
    if (!install && world.hosts.some(({ units: all }) => all.get(posix.basename(path))?.enabled)) {
      const hint = "add [Install] with WantedBy=multi-user.target";
      yield fault("units/target", { offset: 0, message: "it is enabled, but nothing wants it", hint });
    }
  }
  for (const { path, text, at } of files) {
    if (!settings.has(path)) continue;
    yield* environment(text, at);
  }
}

function* environment(text: string, at: WrittenFile["at"]): Iterable<Fault> {
  const { entries, problems } = parseEnvironment(text);
  for (const { offset, message, hint } of problems)
    yield { rule: "files/quote", at: at(offset), message, hint };
  for (const { valueOffset, end, name } of entries) {
    const value = text.slice(valueOffset, end);
    // A value is one line once its lines are joined: a line that ends without a backslash has cut it.
    const comma = /=[^\s"']*,(?=[\s"']|$)/.exec(value);
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
    const comment = /(?<=\n)[ \t]*#\S*/.exec(value);
    if (comment) {
      const message = `${comment[0].trim()} is no comment here: it is a part of ${name}`;
      yield {
        rule: "files/comment",
        at: at(valueOffset + comment.index),
        message,
        hint: "take the line out",
      };
    }
  }
}

/** What some directives of [Service] can be, in systemd 219 and later. */
const choices: Readonly<Record<string, readonly string[] | undefined>> = {
  Type: ["simple", "forking", "oneshot", "dbus", "notify", "idle", "exec", "notify-reload"],
  Restart: ["no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"],
  KillMode: ["control-group", "mixed", "process", "none"],
  NotifyAccess: ["none", "main", "exec", "all"],
};

function checkEntry(entry: UnitEntry): (readonly [RuleId, TextProblem])[] {
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
  if (key !== "WantedBy" && key !== "RequiredBy") return [];
  return execWords(value).words.flatMap(({ text, offset: at }) => {
    if (
      !text.endsWith(".target")
        ? /\.(?:service|socket|timer|device|mount)$/.test(text)
        : targets.includes(text)
    ) {
      return [];
    }
    const near = closestWord(text, targets);
    const hint = near === undefined ? "see systemd.special(7)" : `did you mean "${near}"?`;
    return [
      ["units/target", { offset: valueOffset + at, message: `there is no target ${text}`, hint }] as const,
    ];
  });
}

function checkExec(value: string, valueOffset: number): (readonly [RuleId, TextProblem])[] {
  const { words, problem } = execWords(value);
  const [program] = words;
  const found: (readonly [RuleId, TextProblem])[] = [];
  if (problem !== undefined) {
    found.push(["units/exec", { ...problem, offset: valueOffset + problem.offset }]);
  }
  if (program !== undefined && !program.text.startsWith("/")) {
    const hint = "systemd 219, which CentOS 7 has, takes absolute paths only";
    const message = `${program.text} is not an absolute path`;
    found.push(["units/exec", { offset: valueOffset + program.offset, message, hint }]);
  }
  return found;
}
