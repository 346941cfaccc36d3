import { posix } from "node:path";
import { type Arg, type Call, need, type Stream } from "./call.ts";
import type { Entry } from "./host.ts";
import { basics, contentsOf, providedBy } from "./known.ts";
import { programs } from "./programs.ts";

/** Runs one command as far as its effect on files is known; any other has none. */
export function runCommand(call: Call): Stream {
  checkCommand(call);
  const name = posix.basename(call.name);
  return (Object.hasOwn(files, name) ? files[name] : programs[name])?.(call) ?? {};
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

function read(call: Call, shell: Call["shell"]): Stream {
  const [script] = operands(call.args);
  if (script === undefined) return {};
  const entry = need(call, script);
  for (const part of entry?.parts ?? []) call.run(part, shell);
  return {};
}

function copyAway(call: Call): Stream {
  const { host, shell, story, fault } = call;
  const all = operands(call.args);
  const target = all.at(-1);
  const [, to = "", path = ""] = /^(?:[\w.-]+@)?([^:/]+):(.*)$/.exec(target?.text ?? "") ?? [];
  if (target === undefined || to === "") return {};
  const other = story.hosts.find(({ spec }) => spec.name === to || spec.address === to);
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

/** What is printed of words that are known; `printf` is followed where it has no format of its own. */
function say({ args, spot: { step } }: Call): Stream {
  const words = args.filter(({ text }, index) => !(index === 0 && /^-[neE]+$|^%s(?:\\n)?$/.test(text)));
  const [first] = words;
  if (first === undefined || words.some(({ known }) => !known)) return {};
  return { part: { step, offset: first.spot.offset, text: words.map(({ text }) => text).join(" ") } };
}

const files: Readonly<Record<string, (call: Call) => Stream>> = {
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
  source: (call) => read(call, call.shell),
  ".": (call) => read(call, call.shell),
  sh: (call) => read(call, { cwd: call.shell.cwd, variables: new Map(call.shell.variables) }),
  bash: (call) => read(call, { cwd: call.shell.cwd, variables: new Map(call.shell.variables) }),
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
