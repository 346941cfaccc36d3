import { GuideFailure, InfrastructureError } from "../../errors.ts";
import type { Step } from "../../guide/types.ts";
import { askBootId } from "../../machines/boot.ts";
import { sh } from "../../machines/ssh/sh.ts";
import { ask } from "../../machines/ssh/succeed.ts";
import type { ApplyOptions, Terminal } from "./apply.ts";
import { isFailed, runScript } from "./script/script.ts";
import { scriptFailure, where } from "./script/script-failure.ts";

type RebootOptions = Parameters<typeof runScript>[3] & Pick<ApplyOptions, "limitations" | "returned">;

/** Tells the machine to reboot, and waits until it is back. GuideFailure if it is refused, or if the guide keeps it from that. */
export async function reboot(
  step: Step,
  { command }: NonNullable<Step["reboots"]>,
  terminal: Terminal,
  options: RebootOptions,
): Promise<void> {
  const { connection } = terminal;
  const before = await askBootId(connection);
  const unlessLost = (thrown: unknown): undefined => {
    options.context.signal.throwIfAborted();
    if (!(thrown instanceof InfrastructureError)) throw thrown;
  };
  // Its parts are what comes before.
  const result = await runScript({ key: step.key, machine: step.machine }, command, terminal, options).catch(
    unlessLost,
  );
  if (result && isFailed(result)) {
    const asked = await ask(connection, sh`systemctl is-system-running`).catch(unlessLost);
    const goesDown = asked === undefined || asked.trim() === "stopping";
    if (!goesDown) throw await scriptFailure(step, command, result, terminal, options);
  }
  try {
    await options.returned(step.machine, before);
  } catch (thrown) {
    if (!(thrown instanceof GuideFailure)) throw thrown;
    const { message, details } = thrown;
    throw new GuideFailure(`${step.key}: ${message}`, { ...details, ...where(step), command });
  }
}
