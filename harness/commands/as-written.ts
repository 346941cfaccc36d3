import { dirname, join } from "node:path";
import { Option } from "commander";
import { errataIds } from "../guide/errata.ts";
import { collect } from "./base.ts";

/** In the place of ids: every erratum there is. */
const allErrata = "all";

/** The option that puts errata back. */
export const asWrittenOption = (): Option =>
  new Option("--as-written [erratum...]", "put errata back as originally written; all of them without ids")
    .default([], "none")
    .preset(allErrata)
    .argParser(collect);

/** Ids of the errata that the option asked for. */
export const errataFor = async (asWritten: readonly string[], guide: string): Promise<readonly string[]> =>
  asWritten.includes(allErrata) ? errataIds(join(dirname(dirname(guide)), "errata")) : asWritten;
