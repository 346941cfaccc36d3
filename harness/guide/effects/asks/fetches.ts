import { posix } from "node:path";
import type { Call, Demand, Fetch } from "../call.ts";
import { hostOf, isSite } from "./sites.ts";

/** Programs that ask their repositories or registries, whatever their words. */
const ofRepositories = new Set(["yum", "dnf"]);

/** By program, the options that keep it from telling how far it is. */
const quietly: Readonly<Record<string, RegExp>> = {
  wget: /^(?:-q|-nv|--quiet|--no-verbose)$/,
  curl: /^(?:-[a-zA-Z]*s[a-zA-Z]*|--silent)$/,
  yum: /^(?:-[a-z]*q[a-z]*|--quiet)$/,
  dnf: /^(?:-[a-z]*q[a-z]*|--quiet)$/,
  docker: /^(?:-q|--quiet)$/,
  git: /^(?:-q|--quiet)$/,
};

/** Whether a command does nothing but get something, so that it can be done again; by program, where not all do. */
const mere: Readonly<Record<string, (verb: string) => boolean>> = {
  docker: (verb) => verb.endsWith("pull"),
  podman: (verb) => verb.endsWith("pull"),
  kubectl: () => false,
  rpm: () => false,
};

/** The fetch that a command is, if it is one; `demands` are its own. */
export function fetchesOf(call: Call, demands: readonly Demand[]): Fetch[] {
  const { story, spot, around } = call;
  const program = posix.basename(call.name);
  if (story.step === undefined || !gets(program, call, demands)) return [];
  const quiet = call.args.some(({ text }) => quietly[program]?.test(text));
  const again = mere[program]?.(verbOf(call)) ?? true;
  return [{ step: story.step, spot, program, plain: around.login && !around.optional && again, quiet }];
}

/** The first word of a command that is no option, and the second, where the first only says of what kind it is. */
function verbOf({ args }: Call): string {
  const [first = "", second = ""] = args.map(({ text }) => text).filter((text) => !text.startsWith("-"));
  return /^(?:image|container)$/.test(first) ? `${first} ${second}` : first;
}

function gets(program: string, call: Call, demands: readonly Demand[]): boolean {
  const { args, host } = call;
  if (ofRepositories.has(program)) return true;
  if (program === "yum-config-manager") return args.some(({ text }) => text.startsWith("--add-repo"));
  if (program === "docker" || program === "podman")
    return /^(?:(?:image )?pull|(?:container )?(?:run|create))$/.test(verbOf(call));
  if (program === "git") return /^(?:clone|fetch|pull)$/.test(verbOf(call));
  if (program === "rpm") return args.some(({ text }) => isSite(hostOf(text) ?? "", host));
  return demands.some(
    ({ capability }) => capability === "download" || (program === "kubectl" && capability === "internet"),
  );
}
