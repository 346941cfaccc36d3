import type { SourceLocation } from "../../errors.ts";
import { profileFile } from "../../profile/profile.ts";
import type { Profile } from "../../profile/schema.ts";
import { lookedAt } from "../../profile/suites.ts";
import { suggest } from "../../input/suggest.ts";
import { parseYaml, readText } from "../../input/yaml-file.ts";
import type { Guide } from "../types.ts";
import type { Fault } from "./finding.ts";

/** A claim that the profile names, and where: for what a suite looks at, or among those that none can prove. */
type Named = {
  readonly id: string;
  readonly at: SourceLocation;
  readonly by?: { readonly milestone: string; readonly what: string };
};

/**
 * Every claim of the guide has a test that names it, through the profile, or the profile says why none can prove it; and what
 * tests name are claims of the guide.
 */
export async function claimFaults(guide: Guide, profile: Profile): Promise<Fault[]> {
  const { named, idle } = await namedIn(guide.file, profile);
  const tests = lookedAt();
  const isLookedAt = ({ by }: Named): boolean =>
    by !== undefined &&
    profile.milestones[by.milestone]?.guards[by.what] !== undefined &&
    tests.some(({ milestone, what }) => milestone === by.milestone && what === by.what);
  const known = guide.claims.map(({ id }) => id);
  return [
    ...idle,
    ...named
      .filter(({ id }) => !known.includes(id))
      .map(({ id, at, by }): Fault => {
        const test = tests.find(({ milestone, what }) => milestone === by?.milestone && what === by.what);
        const who = by ? `tests of ${by.milestone} that look at ${by.what} name` : "the profile names";
        const where = test ? ` (${test.place})` : "";
        const message = `${who} the claim "${id}", which the guide does not have${where}`;
        return { rule: "claims/unknown", at, message, hint: suggest(id, known) };
      }),
    ...named.flatMap((one): Fault[] => {
      const { id, at, by } = one;
      if (by === undefined || isLookedAt(one)) return [];
      const message = `no test of ${by.milestone} looks at ${by.what} of this guide, which is to prove the claim "${id}"`;
      const hint = `write a test in suites/${by.milestone} with guards("${by.milestone}", "${by.what}"), or take the claim out`;
      return [{ rule: "claims/unproved", at, message, hint }];
    }),
    ...guide.claims.flatMap(({ id, location }): Fault[] => {
      const own = named.filter((one) => one.id === id);
      const excuse = own.find(({ by }) => by === undefined);
      const proof = own.find(({ by }) => by !== undefined);
      if (excuse && proof?.by) {
        const message = `tests of ${proof.by.milestone} prove the claim "${id}", which no suite can prove`;
        return [{ rule: "claims/unproved", at: excuse.at, message, hint: "take it out of one of the two" }];
      }
      if (excuse || proof) return [];
      const message = `no test names the claim "${id}"`;
      const hint = `in ${profileFile(guide.file)}, name it under \`claims\` of the milestone whose test proves it, or under \`unprovable\` with the reason`;
      return [{ rule: "claims/unproved", at: location, message, hint }];
    }),
  ];
}

/** What the profile names; and a fault for each guard of the claims' section that names none. */
async function namedIn(
  guideFile: string,
  { milestones, unprovable, claims: claimsIn }: Profile,
): Promise<{ readonly named: Named[]; readonly idle: Fault[] }> {
  const file = profileFile(guideFile);
  const yaml = parseYaml(await readText(file), file);
  const locate = (path: readonly PropertyKey[]): SourceLocation =>
    "findings" in yaml ? { file, line: 1 } : yaml.locate(path);
  const idle = Object.entries(milestones).flatMap(([milestone, { guards, claims }]) =>
    Object.entries(guards).flatMap(([what, sections]): Fault[] => {
      const section = claimsIn && sections.find((one) => `${one}.`.startsWith(`${claimsIn}.`));
      if (!section || claims[what] !== undefined) return [];
      const at = locate(["milestones", milestone, "guards", what]);
      const message = `tests of ${milestone} that look at ${what} guard section ${section}, and name no claim of it`;
      const hint = `name the claims that they prove under \`claims\` of ${milestone}, or take the section out`;
      return [{ rule: "claims/unknown", at, message, hint }];
    }),
  );
  const named = [
    ...Object.entries(milestones).flatMap(([milestone, { claims }]) =>
      Object.entries(claims).flatMap(([what, ids]) =>
        ids.map((id, index): Named => {
          const at = locate(["milestones", milestone, "claims", what, index]);
          return { id, at, by: { milestone, what } };
        }),
      ),
    ),
    ...Object.keys(unprovable).map((id): Named => ({ id, at: locate(["unprovable", id]) })),
  ];
  return { named, idle };
}
