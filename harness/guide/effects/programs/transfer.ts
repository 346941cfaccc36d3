import { posix } from "node:path";
import { type Arg, type Call, effect, need, operands, type Stream, unknown, write } from "../call.ts";
import { type Entry, type Host, hostOfLogin } from "../host.ts";
import { contentsOf } from "../known.ts";
import { addressed, hostOf } from "../asks/sites.ts";

/** Options of cp, mv, install, ln, scp and rsync with a value in the next word. */
const valued: Readonly<Record<string, RegExp>> = {
  install: /^-[gmoS]$/,
  scp: /^-[cFiJloPS]$/,
  rsync: /^(?:-[eBTfM]|--(?:rsh|exclude|include|files-from))$/,
};

export function needFolder({ host, fault }: Call, arg: Arg, path: string): void {
  if (arg.known && !host.isFolder(path)) {
    fault("files/folder", arg.spot, `there is no folder ${path} yet`, `mkdir -p ${path} before`);
    host.makeFolder(path);
  }
}

type Named = readonly [name: string, entry: Entry];

/** Puts entries where `cp` and `mv` do: into a folder, or under a new name. */
function put(call: Call, entries: readonly Named[], target: Arg): void {
  const { host, shell } = call;
  const path = host.resolve(target.text, shell);
  const folder = target.text.endsWith("/") || entries.length > 1 || host.folders.has(path);
  needFolder(call, target, folder ? path : posix.dirname(path));
  if (!target.known) {
    unknown(call);
    return;
  }
  for (const [name, entry] of entries) {
    write(call, folder ? posix.join(path, name) : path, entry, target.spot);
    // It may be a folder that no step made.
    if (!folder) effect(call, "writes", posix.join(path, name), target.spot, false);
  }
}

/** A word as a machine's path: `root@t72:/k8s`, its address, or the machine itself; no host if it is none of the guide's. */
function place(
  call: Call,
  arg: Arg,
): { readonly host: Host | undefined; readonly login?: string; readonly arg: Arg } {
  const [, login, path = ""] = /^(?:[\w.-]+@)?([^:/]+):(.*)$/s.exec(arg.text) ?? [];
  if (login === undefined) return { host: call.host, arg };
  return { host: hostOfLogin(call.story, login), login, arg: { ...arg, text: path } };
}

/** What is copied of a source: itself, or all that a folder holds. */
function entriesOf(call: Call, source: Arg): Named[] {
  const path = call.host.resolve(source.text, call.shell);
  const within = [...call.host.files].filter(([file]) => file.startsWith(`${path}/`));
  if (within.length === 0) return [[posix.basename(path), need(call, source) ?? { parts: [] }]];
  const from = source.text.endsWith("/.") ? path : posix.dirname(path);
  for (const [file] of within) effect(call, "reads", file, source.spot);
  return within.map(([file, each]) => [posix.relative(from, file), each]);
}

/** cp, mv, install, ln, scp and rsync; between machines where a word says so. */
function transfer(call: Call): Stream {
  const { args, story, fault, name } = call;
  const program = posix.basename(name);
  const all = operands(args, valued[program]);
  const last = all.at(-1);
  if (last === undefined || all.length < 2) return {};
  const remote = program === "scp" || program === "rsync";
  const at = (arg: Arg) => (remote ? place(call, arg) : { host: call.host, arg });
  const on = ({ host, arg }: ReturnType<typeof at>): Call | undefined =>
    host && {
      ...call,
      host,
      shell: arg.spot && host !== call.host ? { ...host.shell, cwd: "/root" } : call.shell,
    };
  const target = at(last);
  const there = on(target);
  if (there === undefined && last.known && "login" in target) {
    const machines = story.hosts.map(({ spec }) => `${spec.name} (${spec.address})`).join(", ");
    fault(
      "machines/unknown",
      last.spot,
      `the guide has no machine ${target.login}`,
      `its machines: ${machines}`,
    );
  }
  const entries = all.slice(0, -1).flatMap((source): Named[] => {
    const from = at(source);
    const here = on(from);
    if (!here) return [];
    const found = entriesOf(here, from.arg);
    const path = here.host.resolve(from.arg.text, here.shell);
    for (const [file, { keyOf }] of found) {
      if (keyOf === undefined || keyOf.ca !== undefined || there?.host === here.host) continue;
      const hint = "whoever has it can make certificates for anyone: copy only what the machine needs";
      const key = posix.join(posix.dirname(path), file);
      fault("certificates/ca-key-leaves", source.spot, `${key} is the private key of a CA`, hint);
    }
    if (program === "mv") {
      here.host.files.delete(path);
      if (source.known) effect(here, "removes", path, source.spot);
    }
    return found;
  });
  if (there) put(there, entries, target.arg);
  else unknown(call);
  return {};
}

/** Where a program saves what it fetches; undefined if it prints it. */
function savedAs(program: string, args: readonly Arg[], url: string): string | undefined {
  const after = (option: RegExp): string | undefined =>
    args[args.findIndex(({ text }) => option.test(text)) + 1]?.text;
  const has = (option: RegExp): boolean => args.some(({ text }) => option.test(text));
  const long = args.flatMap(({ text }) => /^--output(?:-document)?=(.+)$/.exec(text)?.[1] ?? [])[0];
  const named = program === "wget" ? /^(?:-[a-zA-Z]*O|--output-document)$/ : /^(?:-[a-zA-Z]*o|--output)$/;
  const name = posix.basename(url.replace(/[?#].*$/, ""));
  if (long !== undefined || has(named)) return long ?? after(named);
  if (program === "curl") return has(/^(?:-[a-zA-Z]*O[a-zA-Z]*|--remote-name(?:-all)?)$/) ? name : undefined;
  const folder = /^(?:-P|--directory-prefix)$/;
  return has(folder) ? posix.join(after(folder) ?? "", name) : posix.basename(url);
}

function download(call: Call): Stream {
  const { host, shell, args } = call;
  const program = posix.basename(call.name);
  const urls = addressed(
    program,
    args.map(({ text }) => text),
  );
  for (const [index, { text, known, spot }] of args.entries()) {
    if (/^--ca(?:cert|path|-certificate|-directory)\b/.test(text)) effect(call, "trusts", text, spot);
    const url = urls[index];
    if (url === undefined) continue;
    if (!known) {
      unknown(call);
      continue;
    }
    if (hostOf(url) !== undefined) effect(call, "downloads", url, spot);
    const name = savedAs(program, args, text);
    if (name !== undefined && name !== "-") write(call, host.resolve(name, shell), { parts: [] }, spot);
  }
  return {};
}

function archive(call: Call): Stream {
  const { host, shell, args } = call;
  const file = args.find(({ text }) => /\.(?:tar(?:\.\w+)?|tgz|txz)$/.test(text));
  const into = args[args.findIndex(({ text }) => /^(?:-C|--directory)$/.test(text)) + 1];
  const named = args.flatMap(({ text }) => /^--directory=(.+)$/.exec(text)?.[1] ?? [])[0];
  const folder = host.resolve(named ?? (into === args[0] ? "." : (into?.text ?? ".")), shell);
  if (
    args.some(
      ({ text }, index) =>
        /^-?[a-z]*c[a-z]*f?$/.test(text) && (index === 0 || text.startsWith("-")) && text !== "-C",
    )
  ) {
    if (file?.known) write(call, host.resolve(file.text, shell), { parts: [] }, file.spot);
    return {};
  }
  const contents = file && contentsOf(posix.basename(file.text));
  if (file) need(call, file);
  if (contents === undefined) host.opaque.add(folder);
  for (const name of contents ?? []) {
    const path = posix.join(folder, name);
    host.makeFolder(posix.dirname(path));
    write(call, path, { parts: [] }, call.spot);
  }
  return {};
}

/** Programs that bring files somewhere. */
export const transfers: Readonly<Record<string, (call: Call) => Stream>> = {
  cp: transfer,
  mv: transfer,
  ln: transfer,
  install: transfer,
  scp: transfer,
  rsync: transfer,
  wget: download,
  curl: download,
  tar: archive,
};
