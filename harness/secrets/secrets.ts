import { posix } from "node:path";
import { textOf } from "../guide/check/finding.ts";
import type { Host, Part } from "../guide/effects/host.ts";
import { follow } from "../guide/effects/world.ts";
import { variableOf } from "../guide/parse/answers/answers.ts";
import type { Plan } from "../guide/types.ts";
import { asksForSecret, redactForms } from "./forms.ts";

/** Values in a plan that must never be recorded, whichever way the reader brings them to a machine. */
export function secretsOf(plan: Plan): string[] {
  const steps = plan.groups.flatMap((group) => group.steps);
  const names = [...new Set(steps.map(({ machine }) => machine))];
  // Where machines are does not matter here: nothing is sent to them.
  const machines = names.map((name) => ({ name, address: name, role: "node" as const }));
  const { hosts } = follow(steps, machines);
  const found = new Set<string>();
  for (const text of new Set(steps.map(textOf))) for (const secret of secretsIn(text)) found.add(secret);
  for (const host of hosts) for (const secret of ofHost(host)) found.add(secret);
  for (const { action } of steps) {
    const answers = action.kind === "run" ? (action.tty ?? []) : [];
    for (const { prompt, reply } of answers)
      if (asksForSecret(prompt) && variableOf(reply) === undefined) found.add(reply);
  }
  return [...found];
}

function secretsIn(text: string): string[] {
  const found: string[] = [];
  // A command goes on after a backslash at its line's end.
  for (const line of text.replaceAll("\\\n", " ").split("\n"))
    redactForms(line, (secret) => found.push(secret));
  return found;
}

/** A file that has tokens by its name: static tokens, or a token alone. Scripts and settings only speak of them. */
const tokenFile = /(?:token|passw(?:or)?d|secret)[^./]*(?:\.(?:csv|txt|key))?$/i;

function ofHost({ written, shell }: Host): string[] {
  const expanded = ({ text }: Part): string =>
    text.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => shell.variables.get(name) ?? whole);
  const texts = written.map(({ path, parts }) => ({ path, text: parts.map(expanded).join("\n") }));
  const tokens = texts
    .filter(({ path }) => tokenFile.test(posix.basename(path)))
    .flatMap(({ text }) => text.split("\n").map((line) => line.split(",", 1)[0]?.trim() ?? ""))
    .filter((token) => /^[\w.~+/=-]{8,}$/.test(token));
  const settings = [...shell.variables].map(([name, value]) => `${name}='${value}'`);
  return [...tokens, ...[...texts.map(({ text }) => text), ...settings].flatMap(secretsIn)];
}
