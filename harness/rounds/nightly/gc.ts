import { execa } from "execa";
import { z } from "zod";
import { InfrastructureError } from "../../errors.ts";
import { parseJson } from "../../host/persisted.ts";

const problem = z.looseObject({ message: z.string() });
const printed = z.looseObject({
  removed: z.array(z.string()),
  left: z.array(z.string()),
  failed: z.array(z.string()).default([]),
  problems: z.array(problem).default([]),
});
const broken = z.looseObject({ error: problem });

/** What a collection came to; `problems` are of what was damaged and is out of the way now. */
export type Collected = { readonly removed: readonly string[]; readonly problems: readonly string[] };

/**
 * Removes what ended or killed runs left. InfrastructureError if that cannot be done, or a cluster that nobody uses is
 * there still; whatever else needs a person is no reason to end the night.
 * The command is that of `pnpm gc --json`. It has a process group of its own: a signal to ours does not cut it short.
 */
export async function collectGarbage(command: readonly string[]): Promise<Collected> {
  const [program = "", ...args] = command;
  const result = await execa(program, args, { stdin: "ignore", reject: false, detached: true });
  const json = parseJson(result.stdout);
  const { data } = printed.safeParse(json);
  const problems = data?.problems.map(({ message }) => message) ?? [];
  if (data && data.failed.length === 0) return { removed: data.removed, problems };
  const message =
    problems.join("; ") ||
    (broken.safeParse(json).data?.error.message ?? result.stderr.trim().split("\n").at(-1));
  throw new InfrastructureError(
    `What earlier runs left could not be removed: ${message || result.shortMessage}`,
    {
      hint: "Run `pnpm gc` by hand; `pnpm status` shows what there is.",
    },
  );
}
