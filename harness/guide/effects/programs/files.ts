import { posix } from "node:path";
import { textOf } from "../../check/finding.ts";
import { type Call, effect, has, need, operands, type Stream, unknown, write } from "../call.ts";
import { needFolder } from "./transfer.ts";

function makeFolders(call: Call): Stream {
  const { host, shell, args, fault } = call;
  const parents = has(call, /^-\w*p|^--parents$/);
  for (const arg of operands(args, /^-m$/)) {
    const path = host.resolve(arg.text, shell);
    if (!arg.known) {
      unknown(call);
      continue;
    }
    if (!parents && !host.isFolder(posix.dirname(path))) {
      fault("files/folder", arg.spot, `there is no folder ${posix.dirname(path)} yet`, `mkdir -p ${path}`);
    }
    host.makeFolder(path);
  }
  return {};
}

function enter(call: Call): Stream {
  const { host, shell, args, spot } = call;
  const [arg] = operands(args);
  const path = host.resolve(arg?.text ?? "~", shell);
  if (arg !== undefined) needFolder(call, arg, path);
  if (arg !== undefined && !arg.known) return unknown(call);
  shell.cwd = path;
  effect(call, "enters", path, spot);
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

/** Writes its operands, whatever was in them. */
function writeAll(call: Call, append = false): void {
  const { host, shell, args, input } = call;
  const parts = input.part ? [input.part] : [];
  for (const { text, known, spot } of operands(args)) {
    if (known) write(call, host.resolve(text, shell), { parts }, spot, append);
    else unknown(call);
  }
}

/** Programs that make, read and change files. */
export const files: Readonly<Record<string, (call: Call) => Stream>> = {
  cd: enter,
  pushd: enter,
  echo: say,
  printf: say,
  mkdir: makeFolders,
  cat(call) {
    const entries = operands(call.args).map((arg) => need(call, arg));
    const part = entries[0]?.parts[0] ?? call.input.part;
    return part === undefined ? {} : { part };
  },
  tee(call) {
    writeAll(call, has(call, /^(?:-\w*a\w*|--append)$/));
    return call.input;
  },
  touch(call) {
    writeAll(call, true);
    return {};
  },
  rm(call) {
    const { host, shell, args } = call;
    for (const { text, known, spot } of operands(args)) {
      host.files.delete(host.resolve(text, shell));
      if (known) effect(call, "removes", host.resolve(text, shell), spot);
      else unknown(call);
    }
    return {};
  },
  chmod(call) {
    for (const arg of operands(call.args).slice(1)) need(call, arg);
    return {};
  },
  sed(call) {
    const { host, shell, args } = call;
    host.readsArchive ||= has(call, /vault\.centos\.org/);
    if (!has(call, /^(?:-\w*i|--in-place)/)) return {};
    const given = has(call, /^(?:-\w*[ef]|--expression|--file)$/);
    for (const { text, known, spot } of operands(args, /^-\w*[ef]$/).slice(given ? 0 : 1)) {
      if (known) effect(call, "writes", host.resolve(text, shell), spot);
      // What no step made is of the system, whatever its names are.
      else if (host.lacks(host.resolve(text, shell))) unknown(call);
    }
    return {};
  },
};
