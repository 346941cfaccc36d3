import { posix } from "node:path";
import {
  type Call,
  effect,
  fails,
  joined,
  need,
  needFile,
  needFolder,
  nothing,
  type Programs,
  type Stream,
  unknown,
  write,
} from "../call.ts";
import { type Arg, has, insideQuote, operands } from "../shell/args.ts";
import type { Part } from "../host.ts";
import { sed } from "../sed/sed.ts";

/** Makes folders: with all above them, or else in a folder that is there. */
export function makeFolders(call: Call, named: readonly Arg[], parents: boolean): void {
  const { host, shell } = call;
  for (const arg of named) {
    const path = host.resolve(arg.text, shell);
    if (!arg.known) {
      unknown(call);
      continue;
    }
    if (!parents && !host.isFolder(posix.dirname(path))) {
      const message = `there is no folder ${posix.dirname(path)} yet`;
      if (!fails(call, { rule: "files/folder", at: arg.spot, message, hint: `mkdir -p ${path}` })) continue;
    }
    host.makeFolder(path);
  }
}

function enter(call: Call): void {
  const { host, shell, args, spot } = call;
  const [arg] = args.some(({ text }) => text === "-") ? args : operands(args);
  const before = arg?.text === "-" ? shell.variables.get("OLDPWD") : undefined;
  const path = before ?? host.resolve(arg?.text ?? "~", shell);
  if (arg?.known === false || (arg?.text === "-" && before === undefined)) return unknown(call);
  if (arg !== undefined && !needFolder(call, path, arg.spot)) return;
  go(call, path);
  effect(call, "enters", path, spot);
}

/** Goes to a folder; `cd -` leads back. */
function go({ shell }: Call, path: string): void {
  shell.variables.set("OLDPWD", shell.cwd);
  shell.cwd = path;
}

/** The folders that popd goes back to, the last one first. */
const stackOf = ({ shell }: Call): string[] =>
  (shell.variables.get("DIRSTACK") ?? "").split("\n").filter((path) => path !== "");

function push(call: Call): void {
  if (operands(call.args).length === 0) return unknown(call);
  const stack = [call.shell.cwd, ...stackOf(call)];
  enter(call);
  call.shell.variables.set("DIRSTACK", stack.join("\n"));
}

function pop(call: Call): void {
  const [path, ...rest] = stackOf(call);
  if (path === undefined || call.args.length > 0) return unknown(call);
  go(call, path);
  call.shell.variables.set("DIRSTACK", rest.join("\n"));
  effect(call, "enters", path, call.spot);
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\", '"': '"' };

/** A word as it is printed, each character at its place. */
function printed({ text, spot }: Arg, escaped: boolean): Part {
  const part = { step: spot.step, offset: insideQuote(spot), text };
  if (!escaped || !text.includes("\\")) return part;
  const all = [...text.matchAll(/\\([nt"\\])|[^]/g)];
  const places = all.map(({ index }) => part.offset + index);
  return { ...part, text: all.map(([whole, letter]) => escapes[letter ?? ""] ?? whole).join(""), places };
}

/** Words with what stands between and after them. */
const line = (words: readonly Part[], between: string, end: string): Stream => {
  const part = joined(
    words.flatMap((word, index) => {
      const offset = word.offset + word.text.length;
      return [word, { step: word.step, offset, text: index < words.length - 1 ? between : end }];
    }),
  );
  return part ? { part } : {};
};

/** What echo prints of words that are known. */
function say({ args, spot }: Call): Stream | void {
  const options = args.findIndex(({ text }) => !/^-[neE]+$/.test(text));
  const words = options < 0 ? [] : args.slice(options);
  if (words.some(({ known }) => !known)) return;
  const given = args
    .slice(0, options < 0 ? undefined : options)
    .map(({ text }) => text)
    .join("");
  const end = given.includes("n") ? "" : "\n";
  if (words.length === 0) return { part: { ...spot, text: end } };
  return line(
    words.map((word) => printed(word, given.includes("e"))),
    " ",
    end,
  );
}

/** What printf prints, where its format has nothing but text, or is `%s` for each word. */
function format({ args, shell }: Call): Stream | void {
  if (args[0]?.text === "-v") {
    if (args[1]) shell.variables.set(args[1].text, "\0");
    return;
  }
  const [form, ...words] = args;
  if (form === undefined || args.some(({ known }) => !known)) return;
  const [, end] = /^%s((?:\\n| )?)$/.exec(form.text) ?? [];
  if (end !== undefined) {
    const after = end === "\\n" ? "\n" : end;
    return line(
      words.map((word) => printed(word, false)),
      after,
      after,
    );
  }
  return form.text.includes("%") ? {} : { part: printed(form, true) };
}

/** Writes its operands, whatever was in them. */
function writeAll(call: Call, input: Stream, append = false): void {
  const { host, shell, args } = call;
  const parts = input.part ? [input.part] : [];
  for (const { text, known, spot } of operands(args)) {
    if (known) write(call, host.resolve(text, shell), { parts, executable: false }, spot, append);
    else unknown(call);
  }
}

/** Whether a mode of chmod makes a file a program; undefined if it leaves that as it is. */
function executableBy(mode: string): boolean | undefined {
  if (/^[0-7]+$/.test(mode)) return (Number.parseInt(mode, 8) & 0o111) > 0;
  return /[+=][rwst]*x/.test(mode) || (/-[rwst]*x/.test(mode) ? false : undefined);
}

export const files: Programs = {
  cd: enter,
  pushd: push,
  popd: pop,
  echo: say,
  printf: format,
  mkdir: (call) => makeFolders(call, operands(call.args, /^-m$/), has(call, /^-\w*p|^--parents$/)),
  cat(call) {
    const { input } = call.around;
    const words = operands(call.args);
    if (words.length === 0) return input;
    const parts = words.flatMap((arg): readonly (Part | undefined)[] => {
      if (/^(?:-|\/dev\/stdin)$/.test(arg.text)) return [input.part];
      const known = need(call, arg)?.parts ?? [];
      return known.length > 0 ? known : [undefined];
    });
    const all = parts.flatMap((part) => part ?? []);
    const part = all.length === parts.length ? joined(all) : undefined;
    return part === undefined ? {} : { part };
  },
  tee(call) {
    const { input } = call.around;
    writeAll(call, input, has(call, /^(?:-\w*a\w*|--append)$/));
    return input;
  },
  dd(call) {
    const { host, shell, around, args } = call;
    const out = args.find(({ text }) => text.startsWith("of="));
    const from = args.some(({ text }) => text.startsWith("if="));
    const parts = !from && around.input.part ? [around.input.part] : [];
    if (out?.known) write(call, host.resolve(out.text.slice(3), shell), { parts }, out.spot);
    else if (out) unknown(call);
  },
  touch(call) {
    writeAll(call, nothing(call.spot), true);
  },
  rm(call) {
    const { host, shell, args } = call;
    const forced = has(call, /^-\w*f|^--force$/);
    for (const { text, known, spot } of operands(args)) {
      const path = host.resolve(text, shell);
      if (known && !forced && host.lacks(path)) needFile(call, path, shell.cwd, spot);
      host.files.delete(path);
      if (known && has(call, /^(?:-\w*[rR]\w*|--recursive)$/)) host.removeFolder(path);
      if (known) effect(call, "removes", path, spot);
      else unknown(call);
    }
  },
  chmod(call) {
    const { host, shell, args } = call;
    // A mode may begin with a hyphen.
    const at = args.findIndex(({ text }) => /^(?:[ugoa]*[-+=][rwxXst]*(?:,.*)?|[0-7]{3,4})$/.test(text));
    const executable = executableBy(args[at]?.text ?? "");
    const named = operands(args.filter((_, index) => index !== at));
    if (named.some(({ known }) => !known)) return unknown(call);
    for (const arg of named) {
      const path = host.resolve(arg.text, shell);
      if (!host.folders.has(path)) need(call, arg);
      for (const [file, entry] of executable === undefined ? [] : [...host.files])
        if (file === path || file.startsWith(`${path}/`)) host.files.set(file, { ...entry, executable });
    }
  },
  sed,
};
