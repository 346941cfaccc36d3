import { Argument } from "commander";
import { loadProfile, ownGuide } from "../../profile/profile.ts";
import { suiteGroups } from "../../run/suites/groups.ts";
import { completes } from "../command/completes.ts";

/** What a shell offers where suites are named: those of the project's own guide. */
export const suiteWords = (): string[] => Object.keys(suiteGroups(loadProfile(ownGuide)));

/** The suites of the project's own guide and their groups, for a help text; those that `all` leaves out come last. */
export function suiteNames(): string {
  const { all = [], ...named } = suiteGroups(loadProfile(ownGuide));
  const apart = Object.keys(named).filter((name) => named[name]?.every((one) => !all.includes(one)));
  const others = Object.keys(named).filter((name) => !apart.includes(name));
  return `${others.join(", ")} or all; not in all: ${apart.join(", ")}`;
}

export const suiteArgument = (): Argument => completes(new Argument("[name...]", suiteNames()), suiteWords());
