import { posix } from "node:path";
import { textOf } from "../check/finding.ts";
import { type Arg, type Call, need, type Stream } from "./call.ts";
import { type Entry, hostOfLogin } from "./host.ts";
import { demandsOf } from "./demands.ts";
import { fetchesOf } from "./fetches.ts";
import { basics, contentsOf, providedBy } from "./known.ts";
import { programs } from "./programs.ts";
import { loginOf, scriptOf, unwrapped } from "./wrappers.ts";

/** Runs one command as far as its effect on files is known; any other has none. */
export function runCommand(call: Call): Stream {
  const inner = unwrapped(call);
  if (inner !== undefined) {
    checkCommand(call);
    return runCommand(inner);
  }
  const name = posix.basename(call.name);
  notePrinting(call, name);
  const demands = demandsOf(call);
  call.story.demands.push(...demands);
  call.story.fetches.push(...fetchesOf(call, demands));
  // Who is told to write a file in the place of an editor need not install one.
  if (!demands.some(({ capability }) => capability === "terminal")) checkCommand(call);
  return (Object.hasOwn(files, name) ? files[name] : programs[name])?.(call) ?? {};
}

/** `cd` prints nothing. */
function notePrinting({ story: { step, printing }, around, args }: Call, name: string): void {
  if (step === undefined || !around.shown || name === "cd") return;
  const options = args.map(({ text }) => text).filter((text) => text.startsWith("-"));
  printing.set(step.key, [...(printing.get(step.key) ?? []), [name, ...options].join(" ")]);
}

/** One finding for each command that a machine lacks; it is followed all the same, or one slip would bring a hundred. */
function checkCommand({ name, host, shell, spot, story, fault }: Call): void {
  if (name.includes("/")) {
    if (!host.lacks(host.resolve(name, shell))) return;
    host.write(host.resolve(name, shell), { parts: [] });
    fault("files/missing", spot, `there is no ${name} yet`, "a step before must put it there");
    return;
  }
  const path = (shell.variables.get("PATH") ?? "").split(":");
  if (basics.has(name) || path.some((folder) => host.files.has(`${folder}/${name}`))) return;
  const provider = providedBy[name];
  if (provider !== undefined && (host.packages.has(provider) || !story.centos)) return;
  if (host.lackedCommands.has(name)) return;
  host.lackedCommands.add(name);
  const elsewhere = [...host.files.keys()].findLast((file) => posix.basename(file) === name);
  const hint =
    provider !== undefined
      ? `install the package ${provider} first`
      : elsewhere === undefined
        ? "install it before, or correct its name"
        : `write ${elsewhere}, or add ${posix.dirname(elsewhere)} to PATH before`;
  fault("shell/command", spot, `the shell does not find ${name}`, hint);
}

const operands = (args: readonly Arg[]): Arg[] => args.filter(({ text }) => !/^-./.test(text));

function needFolder({ host, fault }: Call, arg: Arg, path: string): void {
  if (arg.known && !host.isFolder(path)) {
    fault("files/folder", arg.spot, `there is no folder ${path} yet`, `mkdir -p ${path} before`);
    host.makeFolder(path);
  }
}

/** Puts entries where `cp` and `mv` do: into a folder, or under a new name. */
function put(call: Call, entries: readonly (readonly [string, Entry])[], target: Arg): void {
  const { host, shell } = call;
  const path = host.resolve(target.text, shell);
  const folder = target.text.endsWith("/") || entries.length > 1 || host.folders.has(path);
  needFolder(call, target, folder ? path : posix.dirname(path));
  if (!target.known) return;
  for (const [name, entry] of entries) host.write(folder ? posix.join(path, name) : path, entry);
}

function transfer(call: Call, remove: boolean): Stream {
  const all = operands(call.args);
  const target = all.at(-1);
  if (target === undefined || all.length < 2) return {};
  const sources = all.slice(0, -1);
  const entries = sources.map(
    (source) => [posix.basename(source.text), need(call, source) ?? { parts: [] }] as const,
  );
  if (remove) for (const { text } of sources) call.host.files.delete(call.host.resolve(text, call.shell));
  put(call, entries, target);
  return {};
}

function download({ host, shell, args }: Call): Stream {
  const named = args.findIndex(({ text }) => text === "-O" || text === "-o");
  for (const { text } of args) {
    if (!/^(?:https?|ftp):\/\//.test(text)) continue;
    const name = named === -1 ? posix.basename(text) : (args[named + 1]?.text ?? "");
    host.write(host.resolve(name, shell), { parts: [] });
  }
  return {};
}

function unpack(call: Call): Stream {
  const { host, shell, args } = call;
  const archive = args.find(({ text }) => /\.(?:tar(?:\.\w+)?|tgz)$/.test(text));
  if (archive === undefined) return {};
  need(call, archive);
  const into = args[args.findIndex(({ text }) => text === "-C") + 1];
  const folder = into !== undefined && into !== args[0] ? host.resolve(into.text, shell) : shell.cwd;
  const contents = contentsOf(posix.basename(archive.text));
  if (contents === undefined) host.opaque.add(folder);
  for (const name of contents ?? []) {
    const path = posix.join(folder, name);
    host.makeFolder(posix.dirname(path));
    host.write(path, { parts: [] });
  }
  return {};
}

function read(call: Call): Stream {
  const [script] = operands(call.args);
  if (script === undefined) return {};
  const entry = need(call, script);
  for (const part of entry?.parts ?? []) call.run(part, call.shell);
  return {};
}

/** A shell of its own: it goes on after a failure, unless it is told otherwise. */
function runShell(call: Call): Stream {
  const shell = { cwd: call.shell.cwd, variables: new Map(call.shell.variables) };
  const optional = call.around.optional || !call.args.some(({ text }) => /^-\w*e/.test(text));
  const within = { optional, login: false };
  const script = scriptOf(call);
  if (script === undefined) return read({ ...call, shell, run: (part, of) => call.run(part, of, within) });
  const { step, offset } = script.spot;
  if (script.known) call.run({ step, offset: offset + 1, text: script.text }, shell, within);
  return {};
}

/** What ssh runs on another machine of the guide, in a shell of its own. */
function runElsewhere(call: Call): Stream {
  const { target, command } = loginOf(call);
  const [first] = command;
  const host = target?.known ? hostOfLogin(call.story, target.text) : undefined;
  if (!host || !first || command.some(({ known }) => !known)) return {};
  const { step, offset } = first.spot;
  // A quoted text begins behind its quote.
  const quote = /["']/.test(textOf(step)[offset] ?? "") ? 1 : 0;
  const text = command.map((word) => word.text).join(" ");
  const shell = { cwd: "/root", variables: new Map(host.shell.variables) };
  call.run({ step, offset: offset + quote, text }, shell, { optional: true, login: false }, host);
  return {};
}

function copyAway(call: Call): Stream {
  const { host, shell, story, fault } = call;
  const all = operands(call.args);
  const target = all.at(-1);
  const [, to = "", path = ""] = /^(?:[\w.-]+@)?([^:/]+):(.*)$/.exec(target?.text ?? "") ?? [];
  if (target === undefined || to === "") return {};
  const other = hostOfLogin(story, to);
  if (other === undefined && target.known) {
    const known = story.hosts.map(({ spec }) => `${spec.name} (${spec.address})`).join(", ");
    fault("machines/unknown", target.spot, `the guide has no machine ${to}`, `its machines: ${known}`);
  }
  const entries = all.slice(0, -1).map((source) => {
    const entry = need(call, source) ?? { parts: [] };
    const file = host.resolve(source.text, shell);
    if (entry.keyOf !== undefined && entry.keyOf.ca === undefined && other !== host) {
      const hint = "whoever has it can make certificates for anyone: copy only what the machine needs";
      fault("certificates/ca-key-leaves", source.spot, `${file} is the private key of a CA`, hint);
    }
    return [posix.basename(file), entry] as const;
  });
  if (other !== undefined)
    put(
      { ...call, host: other, shell: { ...other.shell, cwd: "/root" } },
      entries,
      target.known ? { ...target, text: path } : target,
    );
  return {};
}

function makeFolders(call: Call): Stream {
  const { host, shell, args, fault } = call;
  const parents = args.some(({ text }) => /^-\w*p|^--parents$/.test(text));
  for (const arg of operands(args)) {
    const path = host.resolve(arg.text, shell);
    if (!arg.known) continue;
    if (!parents && !host.isFolder(posix.dirname(path))) {
      fault("files/folder", arg.spot, `there is no folder ${posix.dirname(path)} yet`, `mkdir -p ${path}`);
    }
    host.makeFolder(path);
  }
  return {};
}

function enter(call: Call): Stream {
  const { host, shell, args } = call;
  const arg = args[0];
  const path = host.resolve(arg?.text ?? "~", shell);
  if (arg !== undefined) needFolder(call, arg, path);
  if (arg === undefined || arg.known) shell.cwd = path;
  return {};
}

function leave({ around, spot, name, fault }: Call): Stream {
  if (!around.login) return {};
  const message = `${name} ends the login shell: folder, variables and aliases are lost for the steps after it`;
  fault("shell/exit", spot, message, "leave it out, or let it end a shell of its own: `( … )`, `bash -c …`");
  return {};
}

/** What is printed of words that are known; `printf` is followed where it has no format of its own. */
function say({ args, spot: { step } }: Call): Stream {
  const words = args.filter(({ text }, index) => !(index === 0 && /^-[neE]+$|^%s(?:\\n)?$/.test(text)));
  const [first] = words;
  if (first === undefined || words.some(({ known }) => !known)) return {};
  // A quoted text begins behind its quote.
  const offset = first.spot.offset + (/["']/.test(textOf(step)[first.spot.offset] ?? "") ? 1 : 0);
  return { part: { step, offset, text: words.map(({ text }) => text).join(" ") } };
}

const files: Readonly<Record<string, (call: Call) => Stream>> = {
  exit: leave,
  logout: leave,
  cd: enter,
  echo: say,
  printf: say,
  mkdir: makeFolders,
  wget: download,
  curl: download,
  tar: unpack,
  cp: (call) => transfer(call, false),
  mv: (call) => transfer(call, true),
  scp: copyAway,
  ssh: runElsewhere,
  source: read,
  ".": read,
  sh: runShell,
  bash: runShell,
  cat(call) {
    const entries = operands(call.args).map((arg) => need(call, arg));
    const part = entries[0]?.parts[0] ?? call.input.part;
    return part === undefined ? {} : { part };
  },
  tee({ host, shell, args, input }) {
    const append = args.some(({ text }) => text === "-a" || text === "--append");
    const parts = input.part ? [input.part] : [];
    for (const { text } of operands(args)) host.write(host.resolve(text, shell), { parts }, append);
    return input;
  },
  rm({ host, shell, args }) {
    for (const { text } of operands(args)) host.files.delete(host.resolve(text, shell));
    return {};
  },
  chmod(call) {
    for (const arg of operands(call.args).slice(1)) need(call, arg);
    return {};
  },
};
