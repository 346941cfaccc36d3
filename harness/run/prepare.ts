import { setFor } from "../artifacts/index.ts";
import { centosPackages, preparePackages } from "../artifacts/packages.ts";
import type { ArtifactSet, PreparedSet } from "../artifacts/set.ts";
import type { Context } from "../context.ts";
import { InfrastructureError } from "../errors.ts";
import type { Plan } from "../guide/types.ts";
import { provider } from "../machines/index.ts";
import type { Progress } from "../progress.ts";
import { together } from "../waits/together.ts";
import { packagesPacked, rebuiltBinaries } from "./assists.ts";
import { artifactInputs } from "./request/inputs.ts";
import { optionalNeeds, packagesOf } from "./request/needs.ts";
import type { Recorder } from "./recorder.ts";
import { withOtherSet } from "../settings/other-set.ts";
import type { Settings } from "../settings/settings.ts";

/**
 * Checks the host, then builds or verifies artifacts and the machines' root file system, both at once, and records what
 * the artifacts are. InfrastructureError for what the host lacks; the first failure of the two, which ends the other; the
 * signal's reason once it is aborted.
 */
export async function prepare(
  settings: Settings,
  plan: Plan | undefined,
  recorder: Recorder,
  context: Context,
): Promise<PreparedSet> {
  const { signal } = context;
  const machines = provider(settings);
  const set = await setFor(settings);
  const shortfalls = await machines.probe(set.versions.kubernetes, context);
  const fatal = shortfalls.find((shortfall) => shortfall.fatal);
  if (fatal) {
    throw new InfrastructureError(`This host lacks ${fatal.need}: ${fatal.found}`, { hint: fatal.remedy });
  }
  signal.throwIfAborted();
  const make = async (its: Context): Promise<PreparedSet> => {
    const needs = settings.online ? [] : await optionalNeeds(set, plan);
    for (const { told } of needs) if (told !== "") recorder.note(told);
    const wanted = { imagesOnly: settings.online, optional: needs.length > 0 };
    return prepareArtifacts(settings, plan, recorder, its, wanted).catch(async (thrown: unknown) => {
      throw await withOtherSet(thrown, settings, its);
    });
  };
  const [prepared] = await together(
    context,
    (its) => recorder.span("artifacts", () => make(its)),
    (its) => recorder.span("machine image", () => machines.prepare(recorder, its)),
  );
  const { packages, programs, rebuilt } = prepared;
  if (rebuilt) recorder.assist(rebuiltBinaries(rebuilt));
  if (packages?.standIns) recorder.assist(packagesPacked(packages.standIns));
  if (programs) recorder.facts = { ...recorder.facts, programs };
  const { facts } = recorder;
  // What is downloaded for real is known to nobody beforehand.
  if (facts.inputs && !settings.online) {
    const artifacts = artifactInputs([...prepared.files, ...(packages?.files ?? [])]);
    recorder.facts = { ...facts, inputs: { ...facts.inputs, artifacts } };
  }
  return prepared;
}

/** The artifact set of these settings and, for machines whose yum asks no site, the packages that the plan installs. */
export async function prepareArtifacts(
  settings: Settings,
  plan: Plan | undefined,
  progress: Progress,
  context: Context,
  options?: Parameters<ArtifactSet["prepare"]>[2],
): Promise<PreparedSet> {
  const prepared = await (await setFor(settings)).prepare(progress, context, options);
  const { packages } = provider(settings);
  if (packages === "packed") return { ...prepared, packages: await preparePackages(progress, context) };
  const request = packagesOf(plan);
  if (packages !== "centos" || settings.online || request.install.length === 0) return prepared;
  return { ...prepared, packages: await centosPackages(request, progress, context) };
}
