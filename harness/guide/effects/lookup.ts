import { posix } from "node:path";
import { minimalPrograms } from "../../centos7/minimal.ts";
import { brought, isListed, minimalHas, packagesWith, templateOf } from "../../centos7/packages.ts";
import { closestWord, isSlipOf } from "../../input/suggest.ts";
import type { Call } from "./call.ts";
import type { Host, Part } from "./host.ts";
import { targets } from "../check/files/systemd-words.ts";
import { basics, madeBySystem } from "./known.ts";

/** The folders in which a shell looks for commands. */
const pathOf = ({ variables }: Call["shell"]): string[] => (variables.get("PATH") ?? "").split(":");

/** The file that a command of this name is, if steps have made it. */
export function fileOf(
  { host, shell }: Pick<Call, "host" | "shell">,
  name: string,
): { readonly path: string; readonly parts: readonly Part[] } | undefined {
  const paths = name.includes("/")
    ? [host.resolve(name, shell)]
    : pathOf(shell).map((folder) => `${folder}/${name}`);
  const path = paths.find((each) => host.files.has(each));
  const parts = path === undefined ? undefined : host.files.get(path)?.parts;
  return path === undefined || parts === undefined ? undefined : { path, parts };
}

/**
 * Whether a machine has a unit, a user as `@NAME`, or a program that no minimal installation has; undefined if something was
 * installed of which nobody knows what it brings, unless the word looks like a slip for one that is known.
 */
export function packaged({ packages, files }: Host, word: string): boolean | undefined {
  if (minimalHas(word) || packagesWith(word).some((name) => packages.has(name))) return true;
  const others = [...packages].filter((name) => !isListed(name));
  if (others.length === 0) return false;
  const name = bare(word);
  if (others.some((other) => other.length >= shortest && (other.includes(name) || name.includes(other))))
    return undefined;
  const known = [
    ...basics,
    ...minimalPrograms,
    ...brought,
    ...[...files.keys()].map((path) => posix.basename(path)),
  ].filter((other) => kindOf(other) === kindOf(word));
  const isSlip = name.length >= shortest && known.some((other) => isSlipOf(name, bare(other)));
  return isSlip && !known.includes(word) ? false : undefined;
}

/** Whether a word is a user, a unit or a program. */
const kindOf = (word: string): string => (word.startsWith("@") ? "@" : bare(word) === word ? "" : ".");

/** What is shorter is near to too many words. */
const shortest = 4;

/** A unit's name without its suffix, a user's without its mark. */
const bare = (word: string): string =>
  word.replace(/^@|\.(?:service|socket|timer|target|mount|path|slice)$/g, "");

/** Whether a machine has a unit: of a step, a package or the system; undefined if nobody knows. */
export const unitExists = (host: Host, name: string): boolean | undefined =>
  host.unitFile(name) !== undefined ||
  host.unitFile(templateOf(name)) !== undefined ||
  targets.includes(name) ||
  madeBySystem.test(name) ||
  packaged(host, name);

/** Whether a shell finds a command: the system brings it, a package that was installed, or a step; undefined if nobody knows. */
export function finds(call: Pick<Call, "host" | "shell">, name: string): boolean | undefined {
  const { host, shell } = call;
  if (name.includes("/")) return !host.lacks(host.resolve(name, shell));
  return (
    basics.has(name) ||
    minimalPrograms.has(name) ||
    shell.functions.has(name) ||
    fileOf(call, name) !== undefined ||
    // A file of a name that nobody knows may be it.
    (pathOf(shell).some((folder) => host.opaque.has(folder)) ? undefined : packaged(host, name))
  );
}

/**
 * A hint with the file that steps wrote and that is nearest to a missing one: of its name elsewhere, or of a name like it in its
 * folder; the hint alone if there is none.
 */
export function orNearest(host: Host, path: string, hint: string): string {
  const written = [...host.files].filter(([other, { parts }]) => other !== path && parts.length > 0);
  const paths = written.map(([other]) => other);
  const [folder, name] = [posix.dirname(path), posix.basename(path)];
  const beside = paths
    .filter((other) => posix.dirname(other) === folder)
    .map((other) => posix.basename(other));
  const like = closestWord(name, beside);
  const near =
    paths.find((other) => posix.basename(other) === name) ??
    (like === undefined ? undefined : posix.join(folder, like));
  const writer = written.find(([other]) => other === near)?.[1].parts.at(-1)?.step.id;
  return near === undefined || writer === undefined
    ? hint
    : `${hint}; nearest file: ${near}, written by ${writer}`;
}
