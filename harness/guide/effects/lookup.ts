import { posix } from "node:path";
import { brought, isListed, minimalHas, packagesWith, templateOf } from "../../centos7/packages.ts";
import { closestWord, isSlipOf } from "../../input/suggest.ts";
import type { Call, Story } from "./call.ts";
import type { Entry, Host, Part } from "./host.ts";
import { targets } from "../check/files/systemd-words.ts";
import { basics, madeBySystem } from "./known.ts";

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
  const known = [...basics, ...brought, ...[...files.keys()].map((path) => posix.basename(path))].filter(
    (other) => kindOf(other) === kindOf(word),
  );
  const isSlip = name.length >= shortest && known.some((other) => isSlipOf(name, bare(other)));
  return isSlip && !known.includes(word) ? false : undefined;
}

/** Packages that no repository of CentOS 7's own has. */
export const ofOthers: ReadonlySet<string> = new Set([
  "docker-ce",
  "docker-ce-cli",
  "containerd.io",
  "kubelet",
  "kubeadm",
  "kubectl",
]);

/** Whether a step has added a repository. */
export const hasRepository = (host: Host): boolean =>
  host.hasRepository || [...host.files.keys()].some((path) => path.startsWith("/etc/yum.repos.d/"));

/** The package to propose for a program, a unit or a user: one that the repositories of a machine have. */
export function packageFor(host: Host, word: string): string | undefined {
  const isOfKubernetes = [...host.files].some(
    ([path, { parts }]) =>
      path.startsWith("/etc/yum.repos.d/") && parts.some(({ text }) => /kubernetes/i.test(text)),
  );
  const found = packagesWith(word).filter((name) =>
    // What CentOS 7 itself has of Kubernetes is of another age.
    name.startsWith("kube")
      ? isOfKubernetes && ofOthers.has(name)
      : !ofOthers.has(name) || hasRepository(host),
  );
  return found.find((name) => name === word) ?? found[0];
}

/** Whether a word is a user, a unit or a program. */
const kindOf = (word: string): string => (word.startsWith("@") ? "@" : bare(word) === word ? "" : ".");

/** What is shorter is near to too many words. */
const shortest = 4;

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
    shell.functions.has(name) ||
    fileOf(call, name) !== undefined ||
    // A file of a name that nobody knows may be it.
    (pathOf(shell).some((folder) => host.opaque.has(folder)) ? undefined : packaged(host, name))
  );
}

/** What steps have put on a machine, each path with the last that did. */
function writersOn({ effects }: Pick<Story, "effects">, { spec, files }: Host): Map<string, string> {
  const ofEffects = effects.flatMap(({ does, machine, what, step }) =>
    does === "writes" && machine === spec.name ? [[what, step.id] as const] : [],
  );
  const ofParts = [...files].flatMap(([path, { parts }]) =>
    parts.slice(-1).map(({ step }) => [path, step.id] as const),
  );
  return new Map([...ofParts, ...ofEffects].filter(([path]) => files.has(path)));
}

/** Whether a file may be a program: neither settings nor a certificate. */
const mayRun = ({ parts, executable, certificate, keyOf, kubeconfig }: Entry, path: string): boolean =>
  executable === true ||
  path.endsWith(".sh") ||
  (parts.length === 0 && !certificate && !keyOf && !kubeconfig && !/\.(?:pem|csr)$/.test(path));

/**
 * A hint with where a missing file is: on another machine, or under the nearest name, of its own elsewhere or like it in its
 * folder, with the step that put it there; the hint alone if there is none. A `program` is looked for among programs.
 */
export function orNearest(
  story: Pick<Story, "effects" | "hosts">,
  host: Host,
  path: string,
  hint: string,
  program = false,
): string {
  const there = story.hosts.flatMap((other) => {
    const step = other === host ? undefined : writersOn(story, other).get(path);
    return step === undefined ? [] : [{ ...other.spec, step }];
  });
  const other = there.find(({ role }) => role === host.spec.role) ?? there[0];
  if (other) return `${hint}; ${other.step} puts it on ${other.name}, not on ${host.spec.name}`;
  const writers = writersOn(story, host);
  const paths = [...host.files].flatMap(([one, entry]) =>
    one !== path && writers.has(one) && (!program || mayRun(entry, one)) ? [one] : [],
  );
  const [folder, name] = [posix.dirname(path), posix.basename(path)];
  const beside = paths.filter((one) => posix.dirname(one) === folder).map((one) => posix.basename(one));
  const like = closestWord(name, beside);
  const near =
    paths.find((one) => posix.basename(one) === name) ??
    (like === undefined ? undefined : posix.join(folder, like));
  return near === undefined ? hint : `${hint}; nearest file: ${near}, written by ${writers.get(near)}`;
}
