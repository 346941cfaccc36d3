import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve } from "node:path";

const project = "k8s-guide-conformance";

export const projectRoot = join(import.meta.dirname, "../..");

/** What `scripts/enter.sh` says of where a person calls, before it goes to the project's folder. */
export const callerVariable = "GUIDE_CALLER_FOLDER";

/** A path of the command line: a relative one is that from the folder where it was typed. */
export const fromCaller = (path: string, env: NodeJS.ProcessEnv = process.env): string =>
  resolve(env[callerVariable] || process.cwd(), path);

/** A path as a person in the project names it: relative to the project where it lies in it. */
export function shortPath(file: string): string {
  const inside = relative(projectRoot, file);
  return inside.startsWith("..") || isAbsolute(inside) ? file : inside;
}

/** Where built and fetched inputs are kept between runs (XDG base directory specification). */
export const cacheRoot = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), project);

/** Where a person's own choices are kept (XDG base directory specification). */
export const configRoot = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), project);

/** Where clusters and their ledgers are recorded, outside the project so that `gc` finds them from any checkout. */
export const stateRoot = (): string =>
  join(process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), project);
