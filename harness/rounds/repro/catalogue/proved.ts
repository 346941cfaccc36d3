import { join } from "node:path";
import { z } from "zod";
import { setNameSchema } from "../../../choices.ts";
import { UsageError } from "../../../errors.ts";
import { projectRoot } from "../../../host/paths.ts";
import { readJson, replaceFile } from "../../../host/persisted.ts";
import { shortDigest, written } from "../../commit.ts";
import type { Entry } from "./catalogue.ts";

export const proofSchema = z.strictObject({
  /** Of what the entry does and expects; another one now means that the entry has changed since. */
  digest: z.string(),
  date: z.iso.date(),
  commit: z.string().exactOptional(),
  provider: z.string(),
  system: z.string(),
  set: setNameSchema,
  versions: z.record(z.string(), z.string()),
  /** What was seen, in the words of the machine. */
  seen: z.string(),
  /** Whether the correction was seen to put it right; absent if it was not tried. */
  fixed: z.boolean().exactOptional(),
});
const schema = z.record(z.string(), z.array(proofSchema));

export type Proof = z.infer<typeof proofSchema>;

/** Proofs by the entry's id, the newest for each artifact set and system. */
export type Proofs = Readonly<Record<string, readonly Proof[]>>;

const file = join(projectRoot, written.proofs);

/** All proofs. UsageError with the place if the file is damaged. */
export async function loadProofs(): Promise<Proofs> {
  const { value = {}, damage } = await readJson(file, schema);
  if (!damage) return value;
  throw new UsageError(`The proofs cannot be read: ${damage.reason}`, {
    location: { file, line: damage.line },
    hint: `Take it back: \`git checkout -- ${file}\`.`,
  });
}

export async function saveProofs(proofs: Proofs): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(proofs).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  await replaceFile(file, `${JSON.stringify(sorted, null, 2)}\n`);
}

/** The proofs with a new one, in the place of an older one with the same artifact set and system. */
export function withProof(proofs: Proofs, id: string, made: Proof): Proofs {
  const others = (proofs[id] ?? []).filter(({ set, system }) => set !== made.set || system !== made.system);
  const all = [...others, made].toSorted((a, b) =>
    `${a.set} ${a.system}` < `${b.set} ${b.system}` ? -1 : 1,
  );
  return { ...proofs, [id]: all };
}

/** Digest of what an entry does and expects; its prose may change without a new proof. */
export const digestOf = ({ changes, faults, remedy, proof, symptom }: Entry): string =>
  shortDigest(JSON.stringify({ changes, faults, remedy, proof, symptom }));

/** The proofs that still hold for the entry as it is now. */
export const proofsOf = (entry: Entry, proofs: Proofs): readonly Proof[] =>
  (proofs[entry.id] ?? []).filter(({ digest }) => digest === digestOf(entry));
