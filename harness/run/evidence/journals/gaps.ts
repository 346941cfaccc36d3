import { sh } from "../../../machines/ssh/sh.ts";

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
