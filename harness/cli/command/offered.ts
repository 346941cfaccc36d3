import { Argument, Option } from "commander";
import { completes } from "./completes.ts";

const ids = (entries: readonly { readonly id: string }[]): string[] => entries.map(({ id }) => id);

/** What a shell offers, of the project's own guide: looked up, and loaded, when the script for the shell is made. */
export const offered = {
  errata: async () => {
    const { ownGuide } = await import("../../profile/profile.ts");
    const { errataFor } = await import("./as-written.ts");
    return errataFor(["all"], ownGuide);
  },
  machines: async () => {
    const { defaultSettings, machinesOf } = await import("../../settings/settings.ts");
    return (await machinesOf(defaultSettings)).map(({ name }) => name);
  },
  mutants: async () => {
    const { loadMutants } = await import("../../rounds/mutants/catalogue.ts");
    return ids(await loadMutants());
  },
  repro: async () => {
    const { loadEntries } = await import("../../rounds/repro/catalogue/catalogue.ts");
    return ids(await loadEntries());
  },
  steps: async () => {
    const { defaultSettings, planOf } = await import("../../settings/settings.ts");
    return ids((await planOf(defaultSettings)).groups);
  },
};

/** An argument for which a shell offers such words. */
export const argument = (name: string, help: string, words: keyof typeof offered | "runs"): Argument =>
  completes(new Argument(name, help), words === "runs" ? words : offered[words]);

/** An option whose value is a step, or several. */
export const stepOption = (flags: string, help: string): Option =>
  completes(new Option(flags, help), offered.steps);
