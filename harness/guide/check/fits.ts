import { dirname, join } from "node:path";
import { applyEdits, unedited } from "../edit/edit.ts";
import { errataIds, loadErrata } from "../edit/errata.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { parseGuide } from "../parse/parse.ts";
import type { Profile } from "../../profile/profile.ts";
import { loadPorts, portNames } from "../edit/ports.ts";
import type { Fault } from "./finding.ts";

/** Errata and ports that no longer fit the guide as it stands, each tried alone; none if the guide cannot be read. */
export async function fits(guideFile: string, text: string, profile: Profile): Promise<Fault[]> {
  const [errata, ports] = [join(dirname(guideFile), "errata"), join(dirname(guideFile), "ports")];
  const faults: Fault[] = [];
  const collect = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (thrown) {
      faults.push(...misfitsOf(thrown));
      return undefined;
    }
  };
  let guide;
  try {
    guide = unedited(parseGuide(text, guideFile, profile));
  } catch (thrown) {
    if (thrown instanceof InvalidGuideError) return [];
    throw thrown;
  }
  const load = async <T>(files: Promise<T[]>): Promise<T[]> =>
    files.catch((thrown: unknown) => {
      faults.push(...misfitsOf(thrown));
      return [];
    });
  const [ids, names] = [await listed(errataIds(errata)), await listed(portNames(ports))];
  const loaded = await Promise.all([
    ...ids.map((id) => load(loadErrata(errata, [id]))),
    ...names.map((name) => load(loadPorts(ports, [name]))),
  ]);
  for (const edit of loaded.flat()) collect(() => applyEdits(guide, edit, profile));
  return faults;
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
