import { posix } from "node:path";
import { type Call, effect, need, unknown, type Programs } from "../call.ts";
import { type Arg, commandLine, has, insideQuote, operands } from "../shell/args.ts";
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
export function runShell(call: Call): void {
  const shell = { cwd: call.shell.cwd, variables: new Map(call.shell.variables), functions: new Map() };
  const optional = call.around.optional || !has(call, /^-\w*e/);
  const within = { optional, login: false };
  const script = scriptOf(call);
  if (script) runWords(call, [script], shell, within);
  else read({ ...call, args: call.args.filter(({ text }) => text !== "-") }, shell, within);
}

/** What ssh runs on another machine of the guide, in a shell of its own. */
function runElsewhere(call: Call): void {
  const { target, command } = loginOf(call);
  const host = target?.known ? hostOfLogin(call.story, target.text) : undefined;
  if (target === undefined) return;
  if (!host) return unknown(call);
  const shell = { cwd: "/root", variables: new Map(host.shell.variables), functions: new Map() };
  const within = { optional: true, login: false };
  if (command.length > 0) runWords(call, command, shell, within, host);
  else if (call.around.input.part) call.run(call.around.input.part, shell, { ...within, input: {} }, host);
}

/** A command that changes the shell it is typed into, or ends it. */
const alter = (call: Call): void => {
  effect(call, "alters", commandLine(call), call.spot);
};

function leave(call: Call): void {
  const { around, spot, name, fault } = call;
  alter(call);
  if (!around.login) return;
  const message = `${name} ends the login shell: folder, variables and aliases are lost for the steps after it`;
  fault("shell/exit", spot, message, "leave it out, or let it end a shell of its own: `( … )`, `bash -c …`");
}

/** Files that a login shell of a new system has read before anybody types. */
const ofLogin = /^(?:\/etc\/(?:profile|bashrc)|\/root\/\.(?:bash_profile|bashrc|profile))$/;

/** Whether nothing that is known, or not followed, has changed a file since the system was installed. */
const isAsInstalled = ({ story: { effects }, host }: Call, path: string): boolean =>
  !effects.some(
    ({ machine, does, what }) =>
      machine === host.spec.name &&
      ((does === "writes" && what === path) || (does === "unknown" && what.includes(posix.basename(path)))),
  );

function source(call: Call): void {
  const { host, shell } = call;
  const [script] = operands(call.args);
  const path = script?.known ? host.resolve(script.text, shell) : "";
  // What steps have put there is read by the system's own file.
  const more =
    path === "/etc/profile" ? host.list("/etc/profile.d").filter((one) => one.endsWith(".sh")) : [];
  for (const one of more) for (const part of host.files.get(one)?.parts ?? []) call.run(part, shell);
  if (script && ofLogin.test(path) && !host.files.has(path) && isAsInstalled(call, path)) need(call, script);
  else read(call, shell);
}

/** Sets variables to what nobody knows beforehand. */
const ask = ({ args, shell }: Call): void => {
  for (const name of askedIn(args)) shell.variables.set(name, "\0");
};

function askedIn(args: readonly Arg[]): string[] {
  const named = operands(args, /^-\w*[dinNptu]$/).map(({ text }) => text);
  return named.length > 0 ? named : ["REPLY"];
}

/** Sets variables to the words of a line that is fed; a loop reads one after the other. */
function readLine(call: Call): void {
  const { args, shell, around } = call;
  const line = around.input.part?.text.split("\n")[0]?.trim();
  const isPlain =
    line !== undefined && !/[\0\\]/.test(line) && !around.optional && !shell.variables.has("IFS");
  if (!isPlain || has(call, /^-(?!r$)/)) return ask(call);
  const names = askedIn(args);
  const found = line.split(/[ \t]+/);
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1;
    shell.variables.set(name, isLast ? found.slice(index).join(" ") : (found[index] ?? ""));
  }
}

/** Takes the first arguments away, and moves up those behind them. */
function shift({ args, shell: { variables } }: Call): void {
  const given: string[] = [];
  for (let value; (value = variables.get(String(given.length + 1))) !== undefined;) given.push(value);
  const left = given.slice(Number(args[0]?.text ?? 1));
  for (const index of given.keys()) variables.delete(String(index + 1));
  for (const [index, value] of left.entries()) variables.set(String(index + 1), value);
  for (const name of ["@", "*"])
    variables.set(name, left.some((value) => value.includes("\0")) ? "\0" : left.join(" "));
}

/** Programs that run text as commands, and the shell's own. */
export const scripts: Programs = {
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
  read: readLine,
  shift,
  mapfile: ask,
  find: (call) => (has(call, /^-(?:exec|ok|delete|fprint)/) ? unknown(call) : {}),
  eval(call) {
    runWords(call, call.args, call.shell);
  },
};
