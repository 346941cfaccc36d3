import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Argument, Option } from "commander";
import { ownGuide } from "../../profile/profile.ts";
import { defaultSettings, machinesOf, planOf } from "../../settings/settings.ts";
import { completes } from "./completes.ts";

const ids = (entries: readonly { readonly id: string }[]): string[] => entries.map(({ id }) => id);

/** What a shell offers, of the project's own guide: looked up when the script for the shell is made, not before. */
export const offered = {
  errata: async () =>
    (await readdir(join(dirname(ownGuide), "errata"))).map((file) => file.replace(/\.yaml$/, "")),
  machines: async () => (await machinesOf(defaultSettings)).map(({ name }) => name),
  mutants: async () => ids(await (await import("../../rounds/mutants/catalogue.ts")).loadMutants()),
  repro: async () => ids(await (await import("../../rounds/repro/catalogue/catalogue.ts")).loadEntries()),
  steps: async () => ids((await planOf(defaultSettings)).groups),
};

/** An argument for which a shell offers such words. */
export const argument = (name: string, help: string, words: keyof typeof offered | "runs"): Argument =>
  completes(new Argument(name, help), words === "runs" ? words : offered[words]);

/** An option whose value is a step, or several. */
export const stepOption = (flags: string, help: string): Option =>
  completes(new Option(flags, help), offered.steps);
