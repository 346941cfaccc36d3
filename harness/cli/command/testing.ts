import { vi } from "vitest";
import { commands } from "../cli.ts";
import { bare, main } from "./base.ts";
import { addAsked } from "./lazy.ts";

/**
 * What a command line of `harness/cli/cli.ts` comes to, in this process: to start one of its own takes longer than most commands.
 * For lines that end before anything is done. What it sets of the environment is taken back.
 */
export async function typed(
  words: readonly string[],
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const before = { ...process.env };
  const texts = { stdout: "", stderr: "" };
  const caught = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      texts[name] += String(text);
      return true;
    }),
  );
  try {
    const parent = bare("pnpm run", "").enablePositionalOptions();
    await main(await addAsked(parent, commands, words[0]), words);
    return { exitCode: Number(process.exitCode ?? 0), ...texts };
  } finally {
    for (const spy of caught) spy.mockRestore();
    process.exitCode = undefined;
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
