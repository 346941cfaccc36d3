import {
  type Arg,
  type Call,
  commandLine,
  effect,
  has,
  insideQuote,
  need,
  operands,
  type Stream,
  unknown,
} from "../call.ts";
import { hostOfLogin, type Shell } from "../host.ts";
import { loginOf, scriptOf } from "../wrappers.ts";

/** The text that words are, joined, as if it stood where they do. */
function runWords(
  call: Call,
  [first, ...rest]: readonly Arg[],
  shell: Shell,
  around?: Partial<Call["around"]>,
  host = call.host,
): void {
  if (first === undefined) return;
  if ([first, ...rest].some(({ known }) => !known)) unknown(call);
  const text = [first, ...rest].map((word) => word.text).join(" ");
  call.run({ step: first.spot.step, offset: insideQuote(first.spot), text }, shell, around, host);
}

/** Runs the file that is named, or what it is fed; `-s` says that all words are arguments of that. */
function read(call: Call, shell: Shell, around?: Partial<Call["around"]>): void {
  const words = operands(call.args);
  const named = has(call, /^-\w*s/) ? undefined : words[0];
  const given = named ? words.slice(1) : words;
  const script = named?.text === "/dev/stdin" ? undefined : named;
  const { part } = call.around.input;
  const parts = script ? need(call, script)?.parts : part && [part];
  if (script ? !parts?.length : call.around.fed && !part) {
    unknown(call);
    call.host.packages.add(commandLine(call));
  }
  shell.variables.set("0", script?.text ?? "bash");
  for (const [index, { text, known }] of given.entries())
    shell.variables.set(String(index + 1), known ? text : "\0");
  for (const each of parts ?? []) call.run(each, shell, script ? around : { ...around, input: {} });
}

/** A shell of its own: it goes on after a failure, unless it is told otherwise. */
function runShell(call: Call): Stream {
  const shell = { cwd: call.shell.cwd, variables: new Map(call.shell.variables), functions: new Map() };
  const optional = call.around.optional || !has(call, /^-\w*e/);
  const within = { optional, login: false };
  const script = scriptOf(call);
  if (script) runWords(call, [script], shell, within);
  else read({ ...call, args: call.args.filter(({ text }) => text !== "-") }, shell, within);
  return {};
}

/** What ssh runs on another machine of the guide, in a shell of its own. */
function runElsewhere(call: Call): Stream {
  const { target, command } = loginOf(call);
  const host = target?.known ? hostOfLogin(call.story, target.text) : undefined;
  if (target === undefined) return {};
  if (!host) return unknown(call);
  const shell = { cwd: "/root", variables: new Map(host.shell.variables), functions: new Map() };
  const within = { optional: true, login: false };
  if (command.length > 0) runWords(call, command, shell, within, host);
  else if (call.around.input.part) call.run(call.around.input.part, shell, { ...within, input: {} }, host);
  return {};
}

/** A command that changes the shell it is typed into, or ends it. */
const alter = (call: Call): Stream => {
  effect(call, "alters", commandLine(call), call.spot);
  return {};
};

function leave(call: Call): Stream {
  const { around, spot, name, fault } = call;
  alter(call);
  if (!around.login) return {};
  const message = `${name} ends the login shell: folder, variables and aliases are lost for the steps after it`;
  fault("shell/exit", spot, message, "leave it out, or let it end a shell of its own: `( … )`, `bash -c …`");
  return {};
}

const source = (call: Call): Stream => {
  read(call, call.shell);
  return {};
};

/** Sets variables to what nobody knows beforehand. */
const ask = ({ args, shell }: Call): Stream => {
  const named = operands(args, /^-\w*[dinNptu]$/).map(({ text }) => text);
  for (const name of named.length > 0 ? named : ["REPLY"]) shell.variables.set(name, "\0");
  return {};
};

/** Programs that run text as commands, and the shell's own. */
export const scripts: Readonly<Record<string, (call: Call) => Stream>> = {
  exit: leave,
  logout: leave,
  return: alter,
  exec: alter,
  trap: alter,
  shopt: alter,
  set: (call) => (has(call, /^[-+]./) ? alter(call) : {}),
  source,
  ".": source,
  sh: runShell,
  bash: runShell,
  su: (call) => {
    if (scriptOf(call)) return runShell(call);
    return call.around.fed ? runShell({ ...call, args: [] }) : {};
  },
  ssh: runElsewhere,
  read: ask,
  mapfile: ask,
  find: (call) => (has(call, /^-(?:exec|ok|delete|fprint)/) ? unknown(call) : {}),
  eval(call) {
    runWords(call, call.args, call.shell);
    return {};
  },
};
