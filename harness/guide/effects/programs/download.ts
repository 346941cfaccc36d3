import { posix } from "node:path";
import { type Call, effect, need, needFolder, unknown, write } from "../call.ts";
import { type Arg, has, option } from "../shell/args.ts";
import { contentsOf } from "../known.ts";
import { addressed, hostOf } from "../asks/sites.ts";

/** Where a program saves what it fetches; undefined if it prints it. */
function savedAs(program: string, args: readonly Arg[], url: string): string | undefined {
  const after = (pattern: RegExp): string | undefined =>
    args[args.findIndex(({ text }) => pattern.test(text)) + 1]?.text;
  const given = (pattern: RegExp): boolean => args.some(({ text }) => pattern.test(text));
  const long = args.flatMap(({ text }) => /^--output(?:-document)?=(.+)$/.exec(text)?.[1] ?? [])[0];
  const named = program === "wget" ? /^(?:-[a-zA-Z]*O|--output-document)$/ : /^(?:-[a-zA-Z]*o|--output)$/;
  const name = posix.basename(url.replace(/[?#].*$/, ""));
  if (long !== undefined || given(named)) return long ?? after(named);
  if (program === "curl")
    return given(/^(?:-[a-zA-Z]*O[a-zA-Z]*|--remote-name(?:-all)?)$/) ? name : undefined;
  return posix.join(prefixOf(args) ?? "", posix.basename(url));
}

/** The folder that wget is given by `-P`, in whatever form. */
function prefixOf(args: readonly Arg[]): string | undefined {
  for (const [index, { text }] of args.entries()) {
    const [found, value] = /^(?:-[a-zA-Z]*P|--directory-prefix(?:=|$))(.*)$/.exec(text) ?? [];
    if (found !== undefined) return value || args[index + 1]?.text;
  }
  return undefined;
}

/** Addresses that tell where their file is, in the place of the file. */
const moved = /^(?:https?:\/\/)?(?:github\.com\/.*\/(?:releases|archive|raw)\/|dl\.k8s\.io\/)/;

/** curl saves what a site answers, even if that is only where to look. */
function needFollow(call: Call, program: string, address: string, spot: Arg["spot"]): void {
  if (
    program !== "curl" ||
    !moved.test(address) ||
    has(call, /^(?:-[a-zA-Z]*L[a-zA-Z]*|--location(?:-trusted)?)$/)
  )
    return;
  const message = "curl does not go where this site sends it: what it saves is not the file";
  call.fault("links/redirect", spot, message, "give curl -L");
}

/** wget and curl: what they save is there afterwards. */
export function download(call: Call): void {
  const { host, shell, args } = call;
  const program = posix.basename(call.name);
  const urls = addressed(
    program,
    args.map(({ text }) => text),
  );
  for (const [index, { text, known, spot }] of args.entries()) {
    if (
      /^(?:https?|ftp):\/(?!\/)|^(?!(?:https?|ftps?|file|scp|sftp|dict|ldaps?|tftp|socks\w*):)[a-z]+:\/\//i.test(
        text,
      )
    ) {
      const message = `${program} knows no such address: ${text.split("/", 3).join("/")}`;
      call.fault("links/url", spot, message, "write https://HOST/PATH");
    }
    needFollow(call, program, text, spot);
    if (/^--ca(?:cert|path|-certificate|-directory)\b/.test(text)) effect(call, "trusts", text, spot);
    const url = urls[index];
    if (url === undefined) continue;
    if (!known) {
      unknown(call);
      continue;
    }
    if (hostOf(url) !== undefined) effect(call, "downloads", url, spot);
    const name = has(call, /^--spider$/) ? undefined : savedAs(program, args, text);
    if (name === undefined || name === "-") continue;
    const path = host.resolve(name, shell);
    if (prefixOf(args) !== undefined || has(call, /^--create-dirs$/)) host.makeFolder(posix.dirname(path));
    write(call, path, { parts: [], executable: false }, spot);
  }
}

/** tar: what it unpacks of a known archive is there afterwards. */
export function archive(call: Call): void {
  const { host, shell, args } = call;
  const file = args.find(({ text }) => /\.(?:tar(?:\.\w+)?|tgz|txz)$/.test(text));
  const into = option(args, "C") ?? option(args, "directory");
  const folder = host.resolve(into?.text ?? ".", shell);
  // The first word need not have its dash.
  const creates = args.some(({ text }, index) =>
    /^(?:-[a-zA-Z]*c[a-zA-Z]*|--create)$/.test(index === 0 ? text.replace(/^-?/, "-") : text),
  );
  if (creates) {
    if (file?.known) write(call, host.resolve(file.text, shell), { parts: [] }, file.spot);
    return;
  }
  const contents = file && contentsOf(posix.basename(file.text));
  if (file) need(call, file);
  if (into?.known && !needFolder(call, folder, into.spot)) return;
  if (contents === undefined) host.opaque.add(folder);
  const stripped = Number(option(args, "strip-components")?.text ?? option(args, "strip")?.text ?? 0);
  for (const name of contents ?? []) {
    const path = posix.join(folder, ...name.split("/").slice(stripped));
    if (path === folder) continue;
    host.makeFolder(posix.dirname(path));
    write(call, path, { parts: [] }, call.spot);
  }
}
