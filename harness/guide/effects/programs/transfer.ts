import { posix } from "node:path";
import { type Arg, type Call, effect, need, operands, option, type Stream, unknown, write } from "../call.ts";
import { type Entry, hostOfLogin } from "../host.ts";
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
  if (!target.known) return void unknown(call);
  for (const [name, entry] of entries) {
    write(call, folder ? posix.join(path, name) : path, entry, target.spot);
    // It may be a folder that no step made.
    if (!folder) effect(call, "writes", posix.join(path, name), target.spot, false);
  }
}

/** A word as a place: of scp and rsync `root@node:/folder` is one on that machine, and on nobody knows which if it is none of the guide's. */
function placeOf(
  call: Call,
  arg: Arg,
): { readonly on: Call | undefined; readonly login?: string; readonly arg: Arg } {
  const [, login, path = ""] = /^(?:[\w.-]+@)?([^:/]+):(.*)$/s.exec(arg.text) ?? [];
  if (login === undefined || !/^(?:scp|rsync)$/.test(posix.basename(call.name))) return { on: call, arg };
  const host = hostOfLogin(call.story, login);
  const on = host && { ...call, host, shell: { ...host.shell, cwd: "/root" } };
  return { on, login, arg: { ...arg, text: path } };
}

/** What is copied of a source: itself, or all that a folder holds. */
function entriesOf(call: Call, source: Arg, path: string): Named[] {
  const within = [...call.host.files].filter(([file]) => file.startsWith(`${path}/`));
  if (within.length === 0) return [[posix.basename(path), need(call, source) ?? { parts: [] }]];
  const from = source.text.endsWith("/.") ? path : posix.dirname(path);
  for (const [file] of within) effect(call, "reads", file, source.spot);
  return within.map(([file, each]) => [posix.relative(from, file), each]);
}

/** cp, mv, install, ln, scp and rsync; between machines where a word says so. */
function transfer(call: Call): Stream {
  const { args, story, fault } = call;
  const program = posix.basename(call.name);
  const all = operands(args, valued[program]);
  const last = all.at(-1);
  if (last === undefined || all.length < 2) return {};
  const target = placeOf(call, last);
  if (!target.on) unknown(call);
  if (!target.on && last.known) {
    const machines = story.hosts.map(({ spec }) => `${spec.name} (${spec.address})`).join(", ");
    fault(
      "machines/unknown",
      last.spot,
      `the guide has no machine ${target.login}`,
      `its machines: ${machines}`,
    );
  }
  const entries = all.slice(0, -1).flatMap((source): Named[] => {
    const { on, arg } = placeOf(call, source);
    if (!on) return [];
    const path = on.host.resolve(arg.text, on.shell);
    const found = entriesOf(on, arg, path);
    for (const [file, { keyOf }] of found) {
      if (keyOf === undefined || keyOf.ca !== undefined || target.on?.host === on.host) continue;
      const hint = "whoever has it can make certificates for anyone: copy only what the machine needs";
      const key = posix.join(posix.dirname(path), file);
      fault("certificates/ca-key-leaves", source.spot, `${key} is the private key of a CA`, hint);
    }
    if (program !== "mv") return found;
    on.host.files.delete(path);
    if (source.known) effect(on, "removes", path, source.spot);
    return found;
  });
  if (target.on) put(target.on, entries, target.arg);
  return {};
}

/** Where a program saves what it fetches; undefined if it prints it. */
function savedAs(program: string, args: readonly Arg[], url: string): string | undefined {
  const after = (pattern: RegExp): string | undefined =>
    args[args.findIndex(({ text }) => pattern.test(text)) + 1]?.text;
  const has = (pattern: RegExp): boolean => args.some(({ text }) => pattern.test(text));
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
  const folder = host.resolve((option(args, "C") ?? option(args, "directory"))?.text ?? ".", shell);
  // The first word need not have its dash.
  const creates = args.some(({ text }, index) =>
    /^(?:-[a-zA-Z]*c[a-zA-Z]*|--create)$/.test(index === 0 ? text.replace(/^-?/, "-") : text),
  );
  if (creates) {
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
