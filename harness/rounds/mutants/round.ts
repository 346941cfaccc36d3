import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { inLanes } from "../lanes.ts";
import { Unfinished } from "../unfinished.ts";
import { circumstancesOf } from "../../run/inputs.ts";
import type { Settings } from "../../settings/settings.ts";
import { type EditMutant, type FaultMutant, type Mutant, sectionOf } from "./catalogue.ts";
import { type Judgement, notJudged } from "./judge.ts";
import { interleaved, tryEdit, tryFaults } from "./trial.ts";

/** What an unfinished round has come to, a line a mutant. */
const file = join(projectRoot, "reports/mutants.jsonl");

export type Round = {
  readonly jobs: number;
  /** Whether mutants that an earlier round came to are left as they are. */
  readonly keepResults: boolean;
  readonly signal: AbortSignal;
  /** Names of the lanes' clusters begin as its cluster's. */
  readonly settings: Settings;
  readonly said: (judgement: Judgement) => void;
};

type Piece = { readonly faults: readonly FaultMutant[] } | { readonly edit: EditMutant };

/** Tries mutants in lanes side by side. Resolves with the judgements, in the mutants' order; rejects if interrupted. */
export async function tryAll(mutants: readonly Mutant[], round: Round): Promise<Judgement[]> {
  const { jobs, keepResults, settings, said, signal: interrupted } = round;
  const under = await circumstancesOf(settings);
  const unfinished = await Unfinished.open<Judgement>(file, {
    keepResults,
    judged: ({ outcome }) => outcome !== "not judged",
  });
  const keys = new Map(
    await Promise.all(mutants.map(async (mutant) => [mutant.id, await keyOf(mutant, under)] as const)),
  );
  const judgements = new Map<string, Judgement>();
  for (const { id } of mutants) {
    const before = unfinished.known(keys.get(id) ?? "");
    if (before) judgements.set(id, before);
  }
  for (const judgement of judgements.values()) said(judgement);
  const left = mutants.filter(({ id }) => !judgements.has(id));
  const keep = async (judgement: Judgement): Promise<void> => {
    judgements.set(judgement.id, judgement);
    said(judgement);
    await unfinished.keep(keys.get(judgement.id) ?? "", judgement);
  };
  await inLanes(
    piecesOf(left, jobs),
    { lanes: jobs, signal: interrupted },
    async (piece, { lane, signal }) => {
      const place = { settings: { ...settings, cluster: `${settings.cluster}-${lane}` }, signal };
      const own = "edit" in piece ? [piece.edit] : piece.faults;
      try {
        if ("edit" in piece) await tryEdit(piece.edit, place, keep);
        else await tryFaults(piece.faults, place, keep);
      } catch (thrown) {
        signal.throwIfAborted();
        for (const mutant of own) if (!judgements.has(mutant.id)) await keep(notJudged(mutant, thrown));
      }
    },
  );
  return mutants.flatMap(({ id }) => judgements.get(id) ?? []);
}

/** Faults first, on one cluster a lane; edits fill the lanes up, the later in the guide, and so the shorter, the later. */
function piecesOf(mutants: readonly Mutant[], lanes: number): Piece[] {
  const faults = interleaved(mutants.filter((mutant) => mutant.kind === "fault"));
  const edits = mutants
    .filter((mutant) => mutant.kind === "edit")
    .toSorted((a, b) => sectionOf(a).localeCompare(sectionOf(b), undefined, { numeric: true }));
  const each = Math.ceil(faults.length / lanes);
  const shares = Array.from({ length: lanes }, (_, lane) => faults.slice(lane * each, (lane + 1) * each));
  return [
    ...shares.filter((share) => share.length > 0).map((share) => ({ faults: share })),
    ...edits.map((edit) => ({ edit })),
  ];
}

/** A mutant as it is now, and what beside it and the commit its judgement rests on. */
async function keyOf(mutant: Mutant, under: string): Promise<string> {
  const digest = createHash("sha256")
    .update(await readFile(mutant.file))
    .digest("hex")
    .slice(0, 12);
  return `${mutant.id} ${digest} ${under}`;
}
