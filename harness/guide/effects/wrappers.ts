import { posix } from "node:path";
import type { Call } from "./call.ts";
import { type Arg, asWritten } from "./shell/args.ts";

/** Commands that run another one: their options that take a word of their own, and how many words come before it. */
const wrappers: Readonly<Record<string, { readonly valued?: string; readonly words?: number }>> = {
  sudo: { valued: "CDRTghprtu" },
  env: { valued: "CSu" },
  nohup: {},
  setsid: {},
  exec: { valued: "a" },
  command: {},
  nice: { valued: "n" },
  ionice: { valued: "cnpPu" },
  stdbuf: { valued: "eio" },
  timeout: { valued: "ks", words: 1 },
  chroot: { words: 1 },
  flock: { valued: "wEo", words: 1 },
  runuser: { valued: "ugG" },
};

/** Long options of these with a value in the next word. */
const longValued = /^--(?:user|group|host|chdir|signal|kill-after|adjustment|unset)$/;

/** Whether a command is there to run another one. */
export const wraps = ({ name, args }: Pick<Call, "name" | "args">): boolean =>
  Object.hasOwn(wrappers, posix.basename(name)) &&
  !onlyTells(name, args) &&
  args.some(({ text }) => !/^-|^\w+=/.test(text));

/** `command -v` only tells where a program is. */
const onlyTells = (name: string, args: Call["args"]): boolean =>
  name === "command" && /^-\w*[vV]/.test(args[0]?.text ?? "");

/** `sudo -s` and `sudo -i` */
const asksForShell = ({ args }: Call): boolean =>
  args.some(({ text }) => /^(?:-[a-zA-Z]*[is]|--shell|--login)$/.test(text));

/**
 * The command that sudo, env and their like run, as if it were called by itself; undefined for a command that runs no
 * other. Assignments before it are in force for it.
 */
export function unwrapped(call: Call): Call | undefined {
  const name = posix.basename(call.name);
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper === undefined || onlyTells(name, call.args)) return undefined;
  const { valued = "", words = 0 } = wrapper;
  let at = 0;
  const given: [name: string, value: string][] = [];
  for (let text = call.args[at]?.text; text !== undefined; text = call.args[at]?.text) {
    if (text === "--") {
      at += 1;
      break;
    }
    const option = /^-(?<letters>[A-Za-z]+)$/.exec(text)?.groups?.["letters"];
    if (option !== undefined) at += valued.includes(option.at(-1) ?? "") ? 2 : 1;
    else if (longValued.test(text)) at += 2;
    else if (text.startsWith("-")) at += 1;
    else {
      const [, variable, value = ""] = /^(\w+)=(.*)$/s.exec(text) ?? [];
      if (variable === undefined) break;
      given.push([variable, value]);
      at += 1;
    }
  }
  const [command, ...args] = call.args.slice(at + words);
  if (name === "sudo" && command === undefined && call.around.fed && asksForShell(call))
    return { ...call, name: "bash", args: [] };
  if (!command?.known) return undefined;
  const bounded = call.bounded === true || name === "timeout";
  const written = asWritten([command, ...args]);
  const shell =
    given.length === 0
      ? call.shell
      : { ...call.shell, variables: new Map([...call.shell.variables, ...given]) };
  return {
    ...call,
    shell,
    name: command.text,
    spot: command.spot,
    args,
    written,
    ...(bounded && { bounded }),
  };
}

/** The script that `sh -c` and its like are given. */
export function scriptOf({ args }: Call): Arg | undefined {
  const at = args.findIndex(({ text }) => /^-\w*c$/.test(text));
  return at < 0 ? undefined : args[at + 1];
}

/** Where ssh logs in, and what it is told to run there. */
export function loginOf({ args }: Pick<Call, "args">): {
  readonly target?: Arg;
  readonly command: readonly Arg[];
} {
  const at = args.findIndex(
    ({ text }, index) =>
      !text.startsWith("-") && !/^-[bcDEeFIiJLlmOopQRSWw]$/.test(args[index - 1]?.text ?? ""),
  );
  const target = args[at];
  return target ? { target, command: args.slice(at + 1) } : { command: [] };
}
