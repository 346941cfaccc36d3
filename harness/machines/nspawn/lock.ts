import { execa } from "execa";
import type { Context } from "../../context.ts";
import { HarnessDefect } from "../../errors.ts";

/** Waits for a lock that the kernel gives back when this process ends, whatever ends it; for whoever builds, it takes long. */
export async function takeLock(file: string, { signal }: Context): Promise<AsyncDisposable> {
  // The holder ends with its standard input, which ends with this process.
  const holder = execa("flock", [file, "sh", "-c", "echo held; exec cat >/dev/null"], {
    reject: false,
    cancelSignal: signal,
  });
  const held = await Promise.race([
    new Promise<boolean>((resolve) => holder.stdout.once("data", () => resolve(true))),
    holder.then(() => false),
  ]);
  signal.throwIfAborted();
  if (!held) throw new HarnessDefect(`flock ended before it held ${file}`);
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await holder;
    },
  };
}
