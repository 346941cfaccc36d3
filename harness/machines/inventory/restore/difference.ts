import { driftOf } from "./drift.ts";
import { entriesOf } from "./iptables.ts";
import { type Section, sections, type State } from "./state.ts";

export type Difference = {
  readonly section: Section | "iptables" | "ip6tables";
  readonly name: string;
  readonly before: string | undefined;
  readonly now: string | undefined;
};

/** Everything in which two looks at a host differ, but for what changes by itself. */
export function differences(before: State, now: State): Difference[] {
  return [
    ...sections.flatMap((section) =>
      differing(section, thingsOf(before, section), thingsOf(now, section)).filter(
        ({ name }) => driftOf(section, name) === undefined,
      ),
    ),
    ...(["iptables", "ip6tables"] as const).flatMap((section) =>
      differing(section, entriesOf(before.texts[section]), entriesOf(now.texts[section])),
    ),
  ];
}

/** SELinux's mode, which stands in the place of a name, is the value of one thing. */
const thingsOf = ({ things }: State, section: Section): ReadonlyMap<string, string> =>
  section === "selinux" ? new Map([...things.selinux.keys()].map((mode) => ["mode", mode])) : things[section];

function differing(
  section: Difference["section"],
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): Difference[] {
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names]
    .filter((name) => before.get(name) !== now.get(name))
    .map((name) => ({ section, name, before: before.get(name), now: now.get(name) }));
}

export function describeDifference({ section, name, before, now }: Difference): string {
  if (before === undefined) return `${section} ${name}: was not there${now ? `, is ${now}` : ""}`;
  if (now === undefined) return `${section} ${name}: is gone${before ? `, was ${before}` : ""}`;
  const line = `${section} ${name}: was ${before}, is ${now}`;
  return section === "selinux" && now === "Disabled"
    ? `${line}; boot the host, which puts it in force again, then run this once more`
    : line;
}
