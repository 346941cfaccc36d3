import type { Connection } from "../../machines/ssh/connection.ts";
import { withoutStacks } from "../../blame/units/units.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { sh } from "../../machines/ssh/sh.ts";

/** As many lines as a terminal shows at once. */
export const screen = 40;

/** The journal's last lines of units; never fails, since it runs after a failure. */
export async function unitJournal(
  connection: Connection,
  units: readonly string[],
): Promise<string | undefined> {
  if (units.length === 0) return undefined;
  const flags = units.map((unit) => `-u ${unit}`).join(" ");
  try {
    const result = await connection.exec(
      // What a program said just before it ended may not be in the journal yet; systemd 219 has no --sync.
      sh`journalctl --sync 2>/dev/null; ${withoutStacks(sh`journalctl --no-pager -o short-precise ${flags}`, screen)}; systemctl --no-pager --no-legend --failed`,
      { limit: "question" },
    );
    return processRedactor.text(result.stdout);
  } catch {
    return undefined;
  }
}
