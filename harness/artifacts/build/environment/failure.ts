import { ArtifactError, InfrastructureError, toHarnessError } from "../../../errors.ts";

/** What Go says of a module that is not the pinned one: its name, the hash of what is there, that of go.sum. */
const mismatch = /verifying (\S+): checksum mismatch\s+downloaded: (\S+)\s+go\.sum: +(\S+)/;

const fullDisk = /no space left on device|disk quota exceeded/i;

/** A build's failure with the cause that its tools named; as it is if they named none. `work` is the folder of builds. */
export function explained(thrown: unknown, work: string): unknown {
  const { message, details } = toHarnessError(thrown);
  const { outputTail = "" } = details;
  const [, module, actual, expected] = mismatch.exec(outputTail) ?? [];
  if (module !== undefined) {
    return new ArtifactError(`${module} has the wrong checksum: expected ${expected}, actual ${actual}`, {
      ...details,
      hint: `It is not the module that the project's go.sum pins. Do not use this module proxy before you know why. If the copy in the cache is damaged, delete ${work}/go-modules, then try again.`,
      cause: thrown,
    });
  }
  if (!fullDisk.test(`${message}\n${outputTail}`)) return withFolder(thrown, work);
  return new InfrastructureError(`${message}: the disk of ${work} is full`, {
    ...details,
    hint: "Make room there, or name another folder in XDG_CACHE_HOME; the next call goes on where this one stopped.",
    cause: thrown,
  });
}

/** What came whole may have come to harm since: of the folder of builds only Debian's packages are verified before use. */
function withFolder(thrown: unknown, work: string): unknown {
  if (!(thrown instanceof ArtifactError) || !/^Could not (?!download|read|install)/.test(thrown.message))
    return thrown;
  const again = `If it fails again, delete ${work}: the compiler, modules and sources in it are not verified, and the next build brings them anew.`;
  const hint = [thrown.details.hint, again].filter(Boolean).join(" ");
  return new ArtifactError(thrown.message, { ...thrown.details, hint, cause: thrown });
}
