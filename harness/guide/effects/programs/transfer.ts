import { posix } from "node:path";
import { type Call, effect, fails, need, needFolder, unknown, write, type Programs } from "../call.ts";
import { type Arg, has, operands, option } from "../shell/args.ts";
import { type Entry, hostOfLogin } from "../host.ts";
import { archive, download } from "./download.ts";
import { makeFolders } from "./files.ts";

/** Options of cp, mv, install, ln, scp and rsync with a value in the next word. */
const valued: Readonly<Record<string, RegExp>> = {
  cp: /^(?:-[tS]|--(?:target-directory|suffix))$/,
  mv: /^(?:-[tS]|--(?:target-directory|suffix))$/,
  ln: /^(?:-[tS]|--(?:target-directory|suffix))$/,
  install: /^(?:-[gmoSt]|--(?:group|mode|owner|suffix|target-directory))$/,
  scp: /^-[cFiJloPS]$/,
  rsync: /^(?:-[eBTfM]|--(?:rsh|exclude|include|files-from))$/,
};

/** What is copied: a file, or a folder with all that it holds. Paths are relative to it, and empty for itself. */
type Source = {
  /** What it is called in a folder that it is put into; empty where what it holds is put there. */
  readonly name: string;
  readonly files: readonly (readonly [path: string, entry: Entry])[];
  readonly folders: readonly string[];
};

/** Puts sources where `cp` and `mv` do: into a folder, or under a new name. */
function put(call: Call, sources: readonly Source[], target: Arg): void {
  const { host, shell } = call;
  const path = host.resolve(target.text, shell);
  const folder = target.text.endsWith("/") || sources.length > 1 || host.folders.has(path);
  if (!target.known) {
    host.obscure(target.text, shell);
    return unknown(call);
  }
  const needed = folder ? path : posix.dirname(path);
  if (posix.basename(call.name) === "install" && has(call, /^-\w*D/)) host.makeFolder(needed);
  if (!needFolder(call, needed, target.spot)) return;
  for (const { name, files, folders } of sources) {
    const copy = folder ? posix.join(path, name) : path;
    for (const within of folders) host.makeFolder(posix.join(copy, within));
    for (const [within, entry] of files) {
      write(call, posix.join(copy, within), entry, target.spot);
      // It may be a folder that no step made.
      if (!folder) effect(call, "writes", posix.join(path, name, within), target.spot, false);
    }
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

/** Whether the last word of scp or rsync is a machine, where there should be a place on it. */
const lacksColon = ({ name, story }: Call, { text, known }: Arg): boolean =>
  known &&
  /^(?:scp|rsync)$/.test(posix.basename(name)) &&
  !/[:/]/.test(text) &&
  (/^[\w-]+@[\w.-]+$/.test(text) || hostOfLogin(story, text) !== undefined);

function sourceOf(call: Call, source: Arg, path: string): Source {
  const { files, folders } = call.host;
  const { part } = call.around.input;
  if (path === "/dev/stdin")
    return { name: "stdin", files: [["", { parts: part ? [part] : [] }]], folders: [] };
  const isWithin = (one: string): boolean => one.startsWith(`${path}/`);
  const held = [...files].filter(([file]) => isWithin(file));
  if (held.length === 0 && !folders.has(path)) {
    return { name: posix.basename(path), files: [["", need(call, source) ?? { parts: [] }]], folders: [] };
  }
  const program = posix.basename(call.name);
  // A machine alone is a slip of its own: a blank behind its colon.
  if (
    source.text !== "" &&
    /^(?:cp|scp|install)$/.test(program) &&
    !has(call, /^(?:-\w*[rRa]\w*|--(?:recursive|archive))$/)
  ) {
    const message = `${path} is a folder: ${program} leaves it out, and fails`;
    fails(call, { rule: "files/folder", at: source.spot, message, hint: `${program} -r` });
  }
  for (const file of held.length > 0 ? held.map(([each]) => each) : [path]) {
    effect(call, "reads", file, source.spot);
  }
  return {
    name: source.text.endsWith("/.") ? "" : posix.basename(path),
    files: held.map(([file, entry]) => [posix.relative(path, file), entry]),
    // Those that hold nothing come along, too.
    folders: [path, ...[...folders].filter(isWithin)].map((each) => posix.relative(path, each)),
  };
}

/** cp, mv, install, ln, scp and rsync; between machines where a word says so. */
function transfer(call: Call): void {
  const { args, story, fault, shell } = call;
  const program = posix.basename(call.name);
  const words = operands(args, valued[program]);
  if (program === "install" && has(call, /^(?:-\w*d|--directory$)/)) return makeFolders(call, words, true);
  const given = option(args, "t") ?? option(args, "target-directory");
  const folder = program === "scp" || program === "rsync" ? undefined : given;
  const last = folder ? { ...folder, text: `${folder.text}/` } : words.at(-1);
  const sources = folder ? words : words.slice(0, -1);
  if (last === undefined || sources.length === 0) return;
  const target = placeOf(call, last);
  const before = story.failures;
  if (lacksColon(call, last)) {
    const message = `no colon behind ${last.text}: ${program} copies to a file of that name on the same machine`;
    fault("shell/remote-path", last.spot, message, `write ${last.text}:/FOLDER/`);
    return;
  }
  if (!target.on) unknown(call);
  // It may be any of them.
  if (!target.on && !last.known) for (const host of story.hosts) host.obscure(target.arg.text);
  if (!target.on && last.known) {
    const machines = story.hosts.map(({ spec }) => `${spec.name} (${spec.address})`).join(", ");
    fault(
      "machines/unknown",
      last.spot,
      `the guide has no machine ${target.login}`,
      `its machines: ${machines}`,
    );
  }
  const mode = program === "install" ? (option(args, "m") ?? option(args, "mode"))?.text : undefined;
  const installed = program === "install" ? { executable: mode === undefined || /[1357]/.test(mode) } : {};
  const copied = sources.flatMap((source): Source[] => {
    const { on, arg } = placeOf(call, source);
    if (!on) return [];
    const path = on.host.resolve(arg.text, on.shell);
    const { files, ...about } = sourceOf(on, arg, path);
    const found = {
      ...about,
      files: files.map(([file, entry]) => [file, { ...entry, ...installed }] as const),
    };
    for (const [file, { keyOf }] of found.files) {
      if (keyOf === undefined || keyOf.ca !== undefined || target.on?.host === on.host) continue;
      const hint = "whoever has it can make certificates for anyone: copy only what the machine needs";
      const key = posix.join(path, file);
      fault("certificates/ca-key-leaves", source.spot, `${key} is the private key of a CA`, hint);
    }
    if (program !== "mv") return [found];
    on.host.files.delete(path);
    if (source.known) effect(on, "removes", path, source.spot);
    return [found];
  });
  const made = target.on?.host.resolve(target.arg.text, shell) ?? "";
  if (
    program === "ln" &&
    !has(call, /^(?:-\w*f\w*|--force)$/) &&
    call.host.files.has(made) &&
    sources.length === 1
  ) {
    const message = `${made} is there: ln puts nothing in its place`;
    const hint = "name what is there first, and the link last; or give it -f";
    fails(call, { rule: "files/link", at: target.arg.spot, message, hint });
  }
  // What is not there is not copied.
  if (target.on && story.failures === before) put(target.on, copied, target.arg);
  if (target.on && sources.some(({ known }) => !known))
    target.on.host.obscure(`${target.arg.text}/`, target.on.shell);
}

export const transfers: Programs = {
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
