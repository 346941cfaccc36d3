import { posix } from "node:path";
import type { Call, Demand, Fetch } from "./call.ts";

/** Programs that ask their repositories or registries, whatever their words. */
const ofRepositories = new Set(["yum", "dnf"]);

/** By program, the options that keep it from telling how far it is. */
const quietly: Readonly<Record<string, RegExp>> = {
  wget: /^(?:-q|-nv|--quiet|--no-verbose)$/,
  curl: /^(?:-[a-zA-Z]*s[a-zA-Z]*|--silent)$/,
  yum: /^(?:-[a-z]*q[a-z]*|--quiet)$/,
  dnf: /^(?:-[a-z]*q[a-z]*|--quiet)$/,
  docker: /^(?:-q|--quiet)$/,
};

/** The fetch that a command is, if it is one; `demands` are its own. */
export function fetchesOf(call: Call, demands: readonly Demand[]): Fetch[] {
  const { story, spot, around } = call;
  const program = posix.basename(call.name);
  if (story.step === undefined || !gets(program, call, demands)) return [];
  const quiet = call.args.some(({ text }) => quietly[program]?.test(text));
  return [{ step: story.step, spot, program, plain: around.login && !around.optional, quiet }];
}

function gets(program: string, { args }: Call, demands: readonly Demand[]): boolean {
  if (ofRepositories.has(program)) return true;
  if (program === "yum-config-manager") return args.some(({ text }) => text.startsWith("--add-repo"));
  if (program === "docker" || program === "podman") return args[0]?.text === "pull";
  return demands.some(({ capability }) => capability === "download");
}
