import { provider } from "../../machines/index.ts";
import { portsOf, type Settings } from "../../settings/settings.ts";
import type { Entry } from "./catalogue/catalogue.ts";

const needs: Readonly<
  Record<NonNullable<Entry["needs"]>, { what: string; how: string; met(settings: Settings): boolean }>
> = {
  firewalld: {
    what: "machines with firewalld",
    how: "--provider nspawn or vagrant",
    met: (settings) => !portsOf(settings).includes("without-firewalld"),
  },
  "own-kernel": {
    what: "machines with a clock and memory of their own",
    how: "--provider vagrant",
    met: (settings) => !provider(settings).limitations.some(({ capability }) => capability === "clock"),
  },
  selinux: {
    what: "machines with SELinux",
    how: "--provider vagrant",
    met: (settings) => !portsOf(settings).includes("without-selinux"),
  },
  yum: {
    what: "machines with yum",
    how: "--provider nspawn, or --provider vagrant with its own box, centos/7",
    met: (settings) => !portsOf(settings).includes("debian-packages"),
  },
  online: {
    what: "downloads from upstream",
    how: "--provider vagrant --artifacts upstream --online",
    met: ({ online }) => online,
  },
};

/** Why these settings cannot show the entry's symptom, and what could; undefined if they can. */
export function obstacle(
  entry: Pick<Entry, "symptom" | "needs" | "holdsFor">,
  settings: Settings,
): { readonly reason: string; readonly hint: string } | undefined {
  if ("none" in entry.symptom) {
    return { reason: `No run can show it: ${entry.symptom.none}`, hint: "docs/errata.md has the text." };
  }
  const need = entry.needs && needs[entry.needs];
  if (need && !need.met(settings)) return { reason: `It needs ${need.what}`, hint: `Try ${need.how}.` };
  const { sets } = entry.holdsFor;
  if (sets.some((set) => set === settings.artifacts)) return undefined;
  return {
    reason: `It does not show with the artifact set ${settings.artifacts}`,
    hint: `Try --artifacts ${sets.join(" or ")}.`,
  };
}
