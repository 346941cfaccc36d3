import { type Call, effect, joined, needFile, type Stream, unknown } from "../call.ts";
import { type Arg, has, insideQuote, operands } from "../shell/args.ts";
import type { Fault } from "../../check/finding.ts";
import { sedEdit, wrongEnd } from "./script.ts";

/** The scripts that sed is given. */
function scriptsOf({ args }: Call): readonly Arg[] {
  const given = args.filter((_, index) => /^(?:-\w*e|--expression)$/.test(args[index - 1]?.text ?? ""));
  const first = args.find(({ text }) => !text.startsWith("-"));
  const fromFile = args.some(({ text }) => /^(?:-\w*f|--file\b)/.test(text));
  return given.length > 0 || fromFile || !first ? given : [first];
}

/** Scripts that sed is given are read to their end. */
function checkEnds(scripts: readonly Arg[], { fault }: Call): void {
  for (const { text, known, spot } of scripts) {
    const wrong = known ? wrongEnd(text) : undefined;
    if (wrong === undefined) continue;
    const at = { ...spot, offset: insideQuote(spot) };
    const [message, hint] =
      wrong === "open"
        ? [
            "a substitution of sed that is not ended",
            "end it with the character behind its s, as in s/old/new/",
          ]
        : [
            "sed does not know what stands behind this substitution",
            "take another character for it where its texts have a slash, as in s|/old|/new|",
          ];
    fault("shell/sed", at, message, hint);
  }
}

/** Names of CentOS 7 that are links to other files; sed -i puts a file in the place of each. */
const links: ReadonlyMap<string, string> = new Map([
  ["/etc/sysconfig/selinux", "/etc/selinux/config"],
  ["/etc/rc.local", "/etc/rc.d/rc.local"],
  ["/etc/grub2.cfg", "/boot/grub2/grub.cfg"],
  ["/etc/redhat-release", "/etc/centos-release"],
  ["/etc/os-release", "/usr/lib/os-release"],
]);

/** What a link leads to stays as it is, unless a step writes that, too. */
function linkLost({ story, host }: Call, path: string, target: string, at: Arg["spot"]): Fault | undefined {
  const isWritten = story.effects.some(
    ({ does, what, machine }) => does === "writes" && what === target && machine === host.spec.name,
  );
  if (isWritten) return undefined;
  const message = `${path} is a link to ${target}: sed puts a file in its place, and ${target} stays as it was`;
  return { rule: "files/link", at, message, hint: `change ${target} itself, or give sed --follow-symlinks` };
}

/** sed(1): what it makes of a file that steps wrote, or of what it is fed; with -i in the place of the file. */
export function sed(call: Call): Stream | void {
  const { story, host, shell, args, around } = call;
  const scripts = scriptsOf(call);
  checkEnds(scripts, call);
  host.readsArchive ||= has(call, /vault\.centos\.org/);
  const others = has(call, /^(?:-\w*[nfsz]|--(?:file|quiet|silent|separate|null-data)\b)/);
  const edit = others
    ? undefined
    : sedEdit(
        scripts.map(({ text }) => text),
        has(call, /^(?:-\w*[rE]|--regexp-extended$)/),
      );
  const given = has(call, /^(?:-\w*[ef]|--expression|--file)$/);
  const files = operands(args, /^(?:-\w*[ef]|--expression|--file)$/).slice(given ? 0 : 1);
  if (!has(call, /^(?:-\w*i|--in-place)/)) {
    const read = files.map(({ text, known }) =>
      known ? host.files.get(host.resolve(text, shell)) : undefined,
    );
    const part = files.length > 0 ? joined(read.flatMap((entry) => entry?.parts ?? [])) : around.input.part;
    const printed = read.includes(undefined) ? undefined : part && edit?.(part);
    return printed ? { part: printed } : {};
  }
  for (const { text, known, spot } of files) {
    const path = host.resolve(text, shell);
    const isWritten = host.files.has(path);
    if (known && host.lacks(path)) needFile(call, path, shell.cwd, spot);
    if (known) {
      effect(call, "writes", path, spot);
      const part = joined(host.files.get(path)?.parts ?? []);
      const made = part && edit?.(part);
      if (made) host.edit(path, made);
      else if (isWritten) unknown(call);
      const target = has(call, /^--follow-symlinks$/) ? undefined : links.get(path);
      if (target !== undefined) story.atEnd.push(() => linkLost(call, path, target, spot));
    }
    // What no step made is of the system, whatever its names are.
    else if (host.lacks(path)) unknown(call);
  }
}
