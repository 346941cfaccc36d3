import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { GuideFailure, InfrastructureError } from "../../../errors.ts";
import type { ExecOptions, FileOptions } from "../connection.ts";
import type { RawResult } from "./exec.ts";
import { shellQuote } from "../quote.ts";
import { sh } from "../sh.ts";

type Exec = (command: string, options: ExecOptions) => Promise<RawResult>;

/** Exit code that our own shell text keeps for a path that is not there. */
const missing = 44;

/**
 * Writes a file so that it is there whole or not at all: beside the target, counted, then renamed.
 * GuideFailure if the parent folder is missing, InfrastructureError for anything else that fails.
 */
export async function writeFile(
  machine: string,
  exec: Exec,
  path: string,
  content: string | Uint8Array,
  { mode = 0o644, owner }: FileOptions = {},
): Promise<void> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const folder = posix.dirname(path);
  const temporary = posix.join(folder, `.${posix.basename(path)}.${randomBytes(6).toString("hex")}`);
  const [target, aside] = [shellQuote(path), shellQuote(temporary)];
  // The count: a connection that dies half way ends `cat` as the last byte does.
  const result = await exec(
    sh`[ -d ${shellQuote(folder)} ] || exit ${missing}
set -e
trap 'rm -f '${shellQuote(aside)} EXIT
umask 077
cat >${aside}
[ "$(wc -c <${aside})" -eq ${bytes.byteLength} ]
${owner === undefined ? "" : `chown ${owner} ${aside}`}
chmod ${mode.toString(8)} ${aside}
mv -f -T ${aside} ${target}`,
    { stdin: bytes },
  );
  if (result.exitCode === missing) {
    throw new GuideFailure(`${machine}: cannot write ${path}: there is no folder ${folder}`, {
      machine,
      exitCode: result.exitCode,
      hint: `An earlier step must make ${folder}.`,
    });
  }
  if (result.exitCode !== 0) throw fileError(machine, `cannot write ${path}`, result);
}

/** Reads a file byte for byte. GuideFailure if it is missing, InfrastructureError for anything else. */
export async function readFile(machine: string, exec: Exec, path: string): Promise<Buffer> {
  const result = await exec(
    sh`[ -e ${shellQuote(path)} ] || exit ${missing}; cat -- ${shellQuote(path)}`,
    {},
  );
  if (result.exitCode === missing) {
    throw new GuideFailure(`${machine}: there is no file ${path}`, {
      machine,
      exitCode: result.exitCode,
      hint: `The step that makes ${path} has not run, or did not do it.`,
    });
  }
  if (result.exitCode !== 0) throw fileError(machine, `cannot read ${path}`, result);
  if (result.leftOut > 0)
    throw new InfrastructureError(`${machine}: ${path} is too large to be read`, {
      machine,
      hint: `See what has written ${path}.`,
    });
  return result.stdout;
}

function fileError(machine: string, what: string, result: RawResult): InfrastructureError {
  const { exitCode, stderr, timedOut, durationMs } = result;
  const said = stderr.toString().trim();
  const why = timedOut
    ? `not done after ${Math.round(durationMs / 1000)} s`
    : said || `exit code ${exitCode}`;
  return new InfrastructureError(`${machine}: ${what}: ${why}`, {
    machine,
    exitCode,
    outputTail: said,
    hint: `See the disk and the permissions on ${machine}.`,
  });
}
