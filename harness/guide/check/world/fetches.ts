import { posix } from "node:path";
import type { Call, Demand, Fetch } from "./call.ts";

/** Programs that ask their repositories or registries, whatever their words. */
const ofRepositories = new Set(["yum", "dnf"]);

/** The fetch that a command is, if it is one; `demands` are its own. */
export function fetchesOf(call: Call, demands: readonly Demand[]): Fetch[] {
  const { story, spot, around } = call;
  const program = posix.basename(call.name);
  if (story.step === undefined || !gets(program, call, demands)) return [];
  return [{ step: story.step, spot, program, plain: around.login && !around.optional }];
}

function gets(program: string, { args }: Call, demands: readonly Demand[]): boolean {
  if (ofRepositories.has(program)) return true;
  if (program === "yum-config-manager") return args.some(({ text }) => text.startsWith("--add-repo"));
  if (program === "docker" || program === "podman") return args[0]?.text === "pull";
  return demands.some(({ capability }) => capability === "download");
}
