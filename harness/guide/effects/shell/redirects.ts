import type { Redirect, Redirection } from "unbash";
import { expandHereDocument } from "../../check/files/here-document.ts";
import { settingAt } from "../asks/demands.ts";
import { effect, joined, names, needFile, nothing, type Stream, write } from "../call.ts";
import { asWritten, insideQuote } from "./args.ts";
import { needSetting } from "../programs/kernel.ts";
import type { Follower } from "./follower.ts";

/** Where a person types: it feeds nothing. */
const terminalFile = /^\/dev\/(?:tty|console|pts\/.*)$/;

const feeds = (redirect: Redirection): boolean =>
  redirect.type !== "Redirect" ||
  (redirect.operator.startsWith("<") && !terminalFile.test(redirect.target?.value ?? ""));

/** Whether it takes what a command prints, rather than its complaints. */
const takesOutput = (redirect: Redirection): boolean =>
  redirect.type === "Redirect" &&
  redirect.operator.includes(">") &&
  (redirect.descriptor === undefined ||
    (redirect.descriptor.type === "FileDescriptor" && redirect.descriptor.value === 1));

/** What comes of commands whose output is led elsewhere, and whose input is from `input`, if that is something else than around. */
export function redirected(
  follower: Follower,
  redirects: readonly Redirection[],
  input: Stream | undefined,
  work: () => Stream,
): Stream {
  const { around } = follower.here();
  const taken = redirects.filter(takesOutput);
  const change = {
    fed: around.fed || redirects.some(feeds),
    shown: around.shown && taken.length === 0,
    ...(input && { input }),
  };
  const output = follower.within(change, work);
  for (const redirect of redirects) {
    if (redirect.type === "Redirect") writeOutput(follower, redirect, taken.includes(redirect) ? output : {});
  }
  return taken.length > 0 ? { ...output, ...nothing(follower.spot(0)) } : output;
}

/** What redirections feed; the last of them counts. Undefined without one. */
export const inputOf = (follower: Follower, redirects: readonly Redirection[]): Stream | undefined =>
  redirects.map((redirect) => readInput(follower, redirect)).findLast((input) => input !== undefined);

function readInput(follower: Follower, redirect: Redirection): Stream | undefined {
  const { shell, source, here, spot, words, inHereDocument } = follower;
  if (redirect.type === "HereDoc") {
    const part = expandHereDocument(redirect, source, inHereDocument);
    names(here(), part.text, shell.cwd, spot(redirect.body.pos));
    return { part };
  }
  if (!redirect.operator.startsWith("<") || !redirect.target) return undefined;
  const [target] = words(redirect.target, false);
  if (target === undefined) return undefined;
  if (redirect.type === "HereString") {
    names(here(), target.text, shell.cwd, target.spot);
    const { step } = target.spot;
    return { part: { step, offset: insideQuote(target.spot), text: `${target.text}\n` } };
  }
  if (redirect.operator !== "<" || !target.known) return {};
  const entry = needFile(here(), here().host.resolve(target.text, shell), shell.cwd, target.spot);
  const part = entry && joined(entry.parts);
  return part ? { part } : {};
}

function writeOutput({ shell, here, words }: Follower, redirect: Redirect, { part }: Stream): void {
  const { operator } = redirect;
  const [target] = /^(?:>>?|&>>?|>\|)$/.test(operator) && redirect.target ? words(redirect.target) : [];
  if (target === undefined) return;
  const { story, host, around } = here();
  const path = host.resolve(target.text, shell);
  if (!target.known) {
    const written = `${operator} ${asWritten([target])}`;
    effect(here(), "unknown", `${operator} ${target.text}`, target.spot, true, written);
    host.obscure(target.text, shell);
  } else if (path !== "/dev/null") {
    const entry = { parts: part ? [part] : [], executable: false };
    write(here(), path, entry, target.spot, operator.endsWith(">>"));
    const demands = settingAt(path, story, target.spot, around);
    story.demands.push(...demands);
    for (const { what } of demands) needSetting(here(), what, target.spot);
  }
}
