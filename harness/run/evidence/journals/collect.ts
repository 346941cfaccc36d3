import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HarnessDefect, HarnessError, toHarnessError } from "../../../errors.ts";
import type { Connection } from "../../../machines/ssh/connection.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import { sh } from "../../../machines/ssh/sh.ts";

/**
 * Writes `machines/<name>/<unit>.log` below the report folder, redacted, for every one of the guide's units with a journal: all of it, or that
 * of the last `milliseconds` and of what led to them. Returns why what is missing could not be had: the other machines'
 * journals are there all the same. What a journal does not have stands before it; `note` is told what was suppressed, and
 * what there was no time for.
 */
export async function collectJournals(
  connections: readonly Connection[],
  units: readonly string[],
  folder: string,
  note: (message: string) => void,
  milliseconds?: number,
): Promise<HarnessError[]> {
  const problems = await Promise.all(
    connections.map(async (connection) => {
      const target = join(folder, "machines", connection.machine);
      try {
        await mkdir(target, { recursive: true });
        const { journals, gaps, cut } = await journalsOf(connection, units, milliseconds);
        for (const [unit, journal] of journals) {
          const end = unit === cut?.unit ? [`-- the journal is cut: ${cut.reason}`] : [];
          const begin =
            Buffer.byteLength(journal) < most
              ? []
              : [`-- the journal is cut: these are its last ${most} bytes`];
          const missing = [...gapLines(unit, gaps), ...begin, ...end].map((line) => `${line}\n`);
          await writeFile(join(target, `${unit}.log`), processRedactor.text(`${missing.join("")}${journal}`));
        }
        for (const [unit, count] of gaps.suppressed) {
          note(`${connection.machine}: ${suppressedWords(count)} of ${unit}; its journal does not have them`);
        }
        if (cut) {
          const { unit, reason } = cut;
          note(`${connection.machine}: the journals end in that of ${unit || "no unit"}: ${reason}`);
        }
        return undefined;
      } catch (thrown) {
        if (thrown instanceof HarnessError) return thrown;
        const { message } = toHarnessError(thrown);
        return new HarnessDefect(`The journals of ${connection.machine} cannot be written: ${message}`, {
          hint: `See the disk and the permissions of ${folder}.`,
          cause: thrown,
        });
      }
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

/** Bytes of a unit's journal that are kept: the last ones. */
const most = 8 * 2 ** 20;

/** Seconds of a journal that may say what led to what a run saw. */
const before = 15;

/** By unit: what its journal says, if anything; what it does not say; and, if the time was over, the last unit that was read. */
async function journalsOf(
  connection: Connection,
  units: readonly string[],
  milliseconds: number | undefined,
) {
  // Nothing that a program prints is taken for the name of the next unit.
  const mark = `-- ${randomUUID()} `;
  const since = milliseconds === undefined ? "" : ` --since=-${Math.ceil(milliseconds / 1000) + before}s`;
  const { stdout, timedOut, durationMs } = await connection.exec(
    sh`for unit in ${units.join(" ")}; do
  [ -e /usr/lib/systemd/system/$unit.service ] || [ -e /etc/systemd/system/$unit.service ] || continue
  echo "${mark}$unit"
  journalctl --no-pager --quiet -o short-precise${since} -u $unit | tail -c ${most}
done
echo "${mark}"
${gapsScript(since)}`,
    { limit: "help" },
  );
  const parts = stdout.split(mark).map((part): [string, string] => {
    const end = part.indexOf("\n");
    return [part.slice(0, Math.max(0, end)), part.slice(end + 1)];
  });
  const reason = `reading took longer than ${Math.round(durationMs / 1000)} s; the machine has the rest`;
  return {
    journals: parts.filter(([unit, journal]) => unit !== "" && journal !== ""),
    gaps: gapsIn(parts.find(([unit], index) => index > 0 && unit === "")?.[1] ?? ""),
    cut: timedOut ? { unit: parts.at(-1)?.[0] ?? "", reason } : undefined,
  };
}

/** By machine: memory held by its processes (`total_rss` of its cgroup); without those of which it cannot be read. */
export async function residentBytes(connections: readonly Connection[]): Promise<Record<string, number>> {
  const ask = sh`awk '$1 == "total_rss" || $1 == "anon" { print $2; exit }' /sys/fs/cgroup/memory/memory.stat /sys/fs/cgroup/memory.stat 2>/dev/null`;
  const asked = connections.map(async (connection) => {
    const answer = await connection.exec(ask, { limit: "question" }).catch(() => undefined);
    return [connection.machine, Number(answer?.stdout || Number.NaN)] as const;
  });
  return Object.fromEntries((await Promise.all(asked)).filter(([, bytes]) => !Number.isNaN(bytes)));
}

/** What the journal of a machine does not have. */
export type JournalGaps = {
  /** By unit: messages that journald dropped, for the unit said too much in too short a time. */
  readonly suppressed: ReadonlyMap<string, number>;
  /** When the journal begins, as journalctl has it, if it is kept in memory alone; what was said before a boot is lost. */
  readonly since?: string;
};

/** Shell text that prints what `gapsIn` reads; `since` is an option of journalctl. journald tells what its limit took (systemd 219). */
export const gapsScript = (since = ""): string => sh`
journalctl --no-pager --quiet ${since} -u systemd-journald 2>/dev/null | sed -n 's/.*Suppressed \([0-9]*\) messages from \(.*\)/suppressed \1 \2/p'
[ -n "$(ls "/var/log/journal/$(cat /etc/machine-id)" 2>/dev/null)" ] ||
  echo "volatile $(journalctl --no-pager --quiet -o short 2>/dev/null | head -n 1 | cut -c 1-15)"
`;

/** What the output of `gapsScript` says. */
export function gapsIn(text: string): JournalGaps {
  const suppressed = new Map<string, number>();
  // A control group's path (systemd 219), or a unit's name.
  for (const [, count, unit = ""] of text.matchAll(/^suppressed (\d+) (?:\S*\/)?(\S+?)(?:\.service)?$/gm)) {
    suppressed.set(unit, (suppressed.get(unit) ?? 0) + Number(count));
  }
  const since = /^volatile (.+)$/m.exec(text)?.[1];
  return { suppressed, ...(since !== undefined && { since }) };
}

/** What is missing of a unit's journal, a line each, to stand before it. */
export function gapLines(unit: string, { suppressed, since }: JournalGaps): string[] {
  const dropped = suppressed.get(unit);
  return [
    ...(dropped === undefined ? [] : [`-- ${suppressedWords(dropped)} of ${unit}`]),
    ...(since === undefined
      ? []
      : [`-- the journal is kept in memory alone: it begins ${since}, at the last boot`]),
  ];
}

export const suppressedWords = (count: number): string => `journald suppressed ${count} messages`;
