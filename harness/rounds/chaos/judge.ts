import type { Verdict } from "../../errors.ts";
import type { Draw } from "./draw.ts";

/** What was seen of a round. */
export type Seen = {
  /** Whether the fault hit a run that had begun and whose proof was not over yet. */
  readonly hit: boolean;
  /** What the run was doing then. */
  readonly during?: string;
  /** Undefined if the run could not say, as one that is killed cannot. */
  readonly verdict?: Verdict;
  readonly message?: string;
  /** What the host still had of it after `gc`. */
  readonly left: readonly string[];
};

/** A round and what it showed; `defects` are this project's. */
export type Judged = Draw & Seen & { readonly seconds: number; readonly defects: readonly string[] };

/** What a round shows of this project: a verdict that is wrong, something that is left. */
export function defectsOf({ kind }: Pick<Draw, "kind">, { hit, verdict, left }: Seen): string[] {
  const defects = left.map((what) => `left after gc: ${what}`);
  if (!hit) return defects;
  if (verdict === "passed" || verdict === "guide") defects.push(`verdict ${verdict} for an injected fault`);
  if (kind === "SIGTERM" && verdict !== "interrupted") defects.push(`verdict ${verdict} for SIGTERM`);
  if (kind !== "SIGKILL" && verdict === undefined) defects.push("no verdict");
  return defects;
}
