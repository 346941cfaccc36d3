import { parse } from "unbash";
import type { Call } from "../call.ts";

/** A script that ends with telling its machine to reboot: what comes before, and that command. */
export type RebootAtEnd = { readonly before: string; readonly command: string };

/** As a reader types it; `-f` and a time are something else. */
const told =
  /^(?:sudo\s+)?(?:(?:\/usr)?\/sbin\/)?(?:reboot|systemctl\s+reboot|shutdown\s+-r\s+(?:now|\+0)|shutdown\s+now\s+-r)$/;

/** Set if the script's last command, on a line of its own and under no condition, reboots the machine. */
export function rebootAtEnd(script: string): RebootAtEnd | undefined {
  const { commands, errors } = parse(script);
  const last = commands.at(-1);
  if (errors !== undefined || last?.command.type !== "Command" || last.background === true) return undefined;
  const { pos, end } = last;
  const before = script.slice(0, pos);
  if (!/(?:^|\n)[ \t]*$/.test(before) || !told.test(script.slice(pos, end).trim())) return undefined;
  return { before, command: script.slice(pos) };
}

/** Whether a command is the one with which its step's own script reboots the machine. */
export function isLastReboot({ story: { step }, spot }: Pick<Call, "story" | "spot">): boolean {
  if (step?.action.kind !== "run" || spot.step !== step) return false;
  const { before } = rebootAtEnd(step.action.script) ?? {};
  return before !== undefined && spot.offset >= before.length;
}
