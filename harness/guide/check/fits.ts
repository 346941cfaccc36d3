import { dirname, join } from "node:path";
import type { Edits } from "../edit/changes.ts";
import { applyEdits, unedited } from "../edit/edit.ts";
import { loadErrata } from "../edit/errata.ts";
import { editNames } from "../edit/folder.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { parseGuide } from "../parse/parse.ts";
import type { Profile } from "../../profile/profile.ts";
import { loadPorts } from "../edit/ports.ts";
import type { Fault } from "./finding.ts";
import { rules } from "./rules.ts";
import { closestWord } from "../../input/suggest.ts";
import type { YamlFile } from "../../input/yaml-file.ts";

/**
 * Errata and ports that no longer fit the guide as it stands, each tried alone, and what the profile keeps of nothing; none if
 * the guide cannot be read. `locate` finds the profile's values.
 */
export async function fits(
  guideFile: string,
  text: string,
  profile: Profile,
  locate: YamlFile["locate"],
): Promise<Fault[]> {
  const [errata, ports] = [join(dirname(guideFile), "errata"), join(dirname(guideFile), "ports")];
  const faults: Fault[] = [];
  const collect = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (thrown) {
      faults.push(...misfitsOf(thrown));
      return undefined;
    }
  };
  let parsed;
  try {
    parsed = parseGuide(text, guideFile, profile);
  } catch (thrown) {
    if (thrown instanceof InvalidGuideError) return [];
    throw thrown;
  }
  const guide = unedited(parsed);
  const [ids, names] = [await listed(editNames(errata)), await listed(editNames(ports))];
  const loaded = await Promise.all([
    ...ids.map((id) => collect<readonly Edits[]>(() => loadErrata(errata, [id]))),
    ...names.map((name) => collect<readonly Edits[]>(() => loadPorts(ports, [name]))),
  ]);
  for (const edit of loaded.flatMap((edits) => edits ?? []))
    await collect(() => applyEdits(guide, edit, profile));
  const steps = parsed.blocks.flatMap((block) => ("id" in block ? [block.id] : []));
  // A guide elsewhere may have none of its own.
  const known = { rule: Object.keys(rules), step: steps, ...(ids.length > 0 && { erratum: ids }) };
  return [...faults, ...keptOfNothing(profile.kept, known, locate)];
}

/** Entries of `kept` that name what there is not: they would never keep anything. */
function* keptOfNothing(
  kept: Profile["kept"],
  known: Readonly<Record<string, readonly string[]>>,
  locate: YamlFile["locate"],
): Iterable<Fault> {
  for (const [index, entry] of kept.entries()) {
    for (const key of ["rule", "step", "erratum"] as const) {
      const names = known[key];
      if (names === undefined || names.includes(entry[key])) continue;
      const message = `there is no ${key} ${entry[key]}: nothing is kept by this`;
      const near = closestWord(entry[key], names);
      const hint = near === undefined ? "take the entry out" : `did you mean "${near}"?`;
      yield { rule: "guide/profile", at: locate(["kept", index, key]), message, hint };
    }
  }
}

/** A guide elsewhere need not have errata and ports beside it. */
const listed = async (names: Promise<string[]>): Promise<string[]> => names.catch(() => []);

function misfitsOf(thrown: unknown): Fault[] {
  if (!(thrown instanceof InvalidGuideError)) throw thrown;
  return thrown.findings.map(({ location, message, hint }) => ({
    rule: "guide/fit",
    at: location,
    message,
    hint,
  }));
}
