import type { Guide } from "../../guide/types.ts";
import type { Profile } from "../../profile/profile.ts";
import { isRed } from "../../record/outcome.ts";
import type { ClaimRecord, StatedClaim, TestRecord } from "../../record/record.ts";

/** A guide's claims, with why no suite can prove one, if its profile says so. */
export const statedClaims = (
  { claims }: Pick<Guide, "claims">,
  { unprovable }: Pick<Profile, "unprovable">,
): StatedClaim[] =>
  claims.map(({ id, text }) => {
    const reason = unprovable[id];
    return { id, text, ...(reason !== undefined && { unprovable: reason }) };
  });

/** What tests say of the guide's claims. One is proved if every test that names it ran and passed; whatever else there is does not. */
export const judgeClaims = (claims: readonly StatedClaim[], tests: readonly TestRecord[]): ClaimRecord[] =>
  claims.map(({ id, text, unprovable }) => {
    const own = tests.filter((test) => test.claims?.includes(id));
    const named = own.map(({ milestone, name, outcome }) => ({ milestone, name, outcome }));
    return { id, text, ...resultOf(own, unprovable), tests: named };
  });

function resultOf(
  own: readonly TestRecord[],
  unprovable: string | undefined,
): Pick<ClaimRecord, "result" | "reason"> {
  if (own.some(({ outcome }) => outcome === "failed")) return { result: "refuted" };
  if (own.some(isRed)) return { result: "not proved", reason: "a test that names it could not look" };
  const out = own.filter(({ outcome }) => outcome === "skipped").length;
  if (out < own.length) {
    if (out === 0) return { result: "proved" };
    return { result: "not proved", reason: `${out} of ${own.length} of its tests were left out` };
  }
  if (unprovable !== undefined) return { result: "not provable", reason: unprovable };
  const skipped = own.find((test) => test.skipped !== undefined)?.skipped;
  return { result: "not proved", reason: skipped ?? "no test that names it ran" };
}
