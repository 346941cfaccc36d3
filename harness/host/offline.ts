import { ArtifactError } from "../errors.ts";
import { cacheRoot } from "./paths.ts";

/** Says in the environment what `--offline` says on the command line, also to the processes that this one starts. */
export const offlineVariable = "GUIDE_OFFLINE";

/** Whether this host downloads nothing: neither the guide's files nor packages, modules and boxes. */
export const isOffline = (env: NodeJS.ProcessEnv = process.env): boolean =>
  !["", "0", "false"].includes(env[offlineVariable] ?? "");

/** From now on nothing is downloaded, by this process and those that it starts. */
export function goOffline(): void {
  process.env[offlineVariable] = "1";
}

/** How what is built comes to a host that must not download; `set` is the artifact set, if that is what is lacking. */
export function fillCache(set?: string): string {
  const run =
    set === undefined
      ? "the same run fills"
      : `\`pnpm artifacts fetch --artifacts ${set} --optional\` and a run with that set fill`;
  return `On a host with a network ${run} ${cacheRoot()}; carry that folder over.`;
}

class Forbidden extends ArtifactError {
  readonly lacking: string;

  constructor(lacking: string, hint: string) {
    super(`${lacking}, and --offline forbids downloading it`, { hint });
    this.lacking = lacking;
  }
}

/** ArtifactError before a download that must not be; `lacking` says what it is for, `hint` how to bring it. */
export function assertOnline(lacking: string, hint: string, env?: NodeJS.ProcessEnv): void {
  if (isOffline(env)) throw new Forbidden(lacking, hint);
}

/** Whether a build failed for want of what must not be downloaded; Go says so in words of its own. */
const wantsDownload = (error: ArtifactError): boolean =>
  error instanceof Forbidden || /disabled by GOPROXY=off/.test(error.details.outputTail ?? "");

/** Builds what the cache lacks. Where that needs a download that must not be, ArtifactError says what is still lacking. */
export async function orLacking<T>(
  lacking: () => Promise<readonly string[]>,
  set: string | undefined,
  build: () => Promise<T>,
): Promise<T> {
  try {
    return await build();
  } catch (cause) {
    if (!isOffline() || !(cause instanceof ArtifactError) || !wantsDownload(cause)) throw cause;
    const why = cause instanceof Forbidden ? cause.lacking : cause.message;
    const message = `The cache lacks ${(await lacking()).join(", ")}, and --offline forbids downloading what building needs: ${why}`;
    throw new ArtifactError(message, { ...cause.details, hint: fillCache(set), cause });
  }
}
