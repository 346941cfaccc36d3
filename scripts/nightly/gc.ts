import { execa } from "execa";
import { z } from "zod";
import { InfrastructureError } from "../../harness/index.ts";

const printed = z.looseObject({ removed: z.array(z.string()), left: z.array(z.string()) });
const problem = z.looseObject({ error: z.looseObject({ message: z.string() }) });

/**
 * Removes what ended or killed runs left; resolves with what was removed. InfrastructureError if that cannot be done.
 * The command is that of `pnpm gc --json`. It has a process group of its own: a signal to ours does not cut it short.
 */
export async function collectGarbage(command: readonly string[]): Promise<string[]> {
  const [program = "", ...args] = command;
  const result = await execa(program, args, { stdin: "ignore", reject: false, detached: true });
  let json: unknown;
  try {
    json = JSON.parse(result.stdout);
  } catch {
    json = undefined;
  }
  const { data } = printed.safeParse(json);
  if (result.exitCode === 0 && data) return data.removed;
  const message = problem.safeParse(json).data?.error.message ?? result.stderr.trim().split("\n").at(-1);
  throw new InfrastructureError(
    `What earlier runs left could not be removed: ${message ?? result.shortMessage}`,
    {
      hint: "Run `pnpm gc` by hand; `pnpm status` shows what there is.",
    },
  );
}
