import { ablation } from "./ablation/ablation.ts";
import { chaos } from "./chaos/chaos.ts";
import type { Kind } from "./kind.ts";
import { mutants } from "./mutants/judge.ts";
import { repro } from "./repro/catalogue/result.ts";

/** The kinds of rounds whose shards can be merged. */
export const kinds: readonly Kind[] = [mutants, ablation, repro, chaos];
