import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { furtherFile } from "../../artifacts/further/files.ts";
import type { ArtifactFile } from "../../artifacts/set.ts";
import { digestOf, namesIn } from "../../host/files.ts";
import { readText } from "../../input/yaml-file.ts";
import type { GuideText, RunInputs } from "../../record/inputs.ts";
import { machinesOf, portsOf, type Settings } from "../../settings/settings.ts";

/** Digests of what the plan is made of; a rejection if a file is not there, which the plan has found before. */
export async function planInputs(settings: Settings): Promise<RunInputs> {
  const [text, machines] = await Promise.all([guideText(settings), machinesOf(settings)]);
  return { ...text, machines: sha256(JSON.stringify(machines)) };
}

/** Digests of the guide's text; a rejection if a file is not there. */
export async function guideText(settings: Settings): Promise<GuideText> {
  const own = dirname(settings.guide);
  const beside = (folder: string, names: readonly string[]): Promise<Record<string, string>> =>
    digestsOf(names.map((name) => [name, join(own, folder, `${name}.yaml`)]));
  const [guide, profile, ports, errata, edits] = await Promise.all([
    digestOf(settings.guide),
    // A cluster of an older version may be of a guide without one.
    digestOf(join(own, "profile.yaml")).catch(() => undefined),
    beside("ports", portsOf(settings)),
    beside("errata", settings.errata),
    Promise.all(settings.edits.map((file) => digestOf(file))),
  ]);
  return { guide, ...(profile !== undefined && { profile }), ports, errata, edits };
}

/** What of the settings' guide is not as a text `was`, each as a person says it; empty if all is the same. */
export async function guideChanges(
  was: Pick<Settings, "guide" | "errata" | "edits"> & { readonly text: GuideText },
  settings: Settings,
): Promise<string[]> {
  const is = { ...settings, text: await guideText(settings) };
  return (["guide", "profile", "ports", "errata", "edits"] as const)
    .filter((name) => was.text[name] !== undefined && !isDeepStrictEqual(was.text[name], is.text[name]))
    .map((name) => {
      if (name === "ports") return "ports have changed";
      if (name === "profile") return "its profile has changed";
      const [before, now] = [was, is].map((one) => [one[name]].flat().join(", ") || "none");
      return before === now ? `${name} ${now} has changed` : `${name} ${now}, not ${before}`;
    });
}

/** Digest of all that a verdict rests on beside the commit: inputs, machines, binaries. */
export async function circumstancesOf(settings: Settings): Promise<string> {
  const { provider, artifacts, online, adopt, guide } = settings;
  const [inputs, beside, environment] = await Promise.all([
    planInputs(settings),
    filesBeside(guide),
    environmentOf(settings),
  ]);
  const all = { provider, artifacts, online, adopt, ...inputs, beside, ...environment };
  return sha256(JSON.stringify(all)).slice(0, 16);
}

/** Digests of what is read beside a guide and no setting names: a round's cases choose among its errata, too. */
async function filesBeside(guide: string): Promise<Record<string, string>> {
  const errata = join(dirname(guide), "errata");
  const names = (await namesIn(errata)).filter((name) => name.endsWith(".yaml")).toSorted();
  const files = [furtherFile(guide) ?? [], names.map((name) => join(errata, name))].flat();
  return digestsOf(files.map((file) => [basename(file), file]));
}

/** What the environment makes of the set's binaries and of the provider's machines; nothing if it is silent. */
async function environmentOf({ provider, artifacts }: Settings, env = process.env) {
  const pins = artifacts === "upstream" ? env["GUIDE_PINS"] : undefined;
  const { GUIDE_BOX: box, GUIDE_BOX_VERSION: version } = provider === "vagrant" ? env : {};
  return {
    ...(pins && { pins: sha256(await readText(pins)) }),
    ...(box && { box }),
    ...(version && { version }),
  };
}

/** Digests of the artifact set's files, by name. */
export const artifactInputs = (files: readonly ArtifactFile[]): Record<string, string> =>
  Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256]));

async function digestsOf(files: readonly (readonly [name: string, file: string])[]) {
  const entries = await Promise.all(files.map(async ([name, file]) => [name, await digestOf(file)] as const));
  return Object.fromEntries(entries);
}

const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");
