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
  if (!fullDisk.test(`${message}\n${outputTail}`)) return thrown;
  return new InfrastructureError(`${message}: the disk of ${work} is full`, {
    ...details,
    hint: "Make room there, or name another folder in XDG_CACHE_HOME; the next call goes on where this one stopped.",
    cause: thrown,
  });
}
