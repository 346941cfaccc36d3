import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../host/paths.ts";
import { loadEntries } from "./catalogue.ts";
import { errataDocument } from "./document.ts";
import { digestOf, loadProofs, type Proof, proofsOf, withProof } from "./proved.ts";

const entries = await loadEntries();
const proofs = await loadProofs();
const typo = await loadEntries(["etcd-enable-typo"]);

const made = (date: string, set: string, digest = "d"): Proof => ({
  digest,
  date,
  set,
  provider: "nspawn",
  system: "debian12",
  versions: { etcd: "3.3.10" },
  seen: "Unknown command verb enabel",
  fixed: true,
});

test("docs/errata.md is what the catalogue and the proofs say", async () => {
  const page = await readFile(join(projectRoot, "docs/errata.md"), "utf8");
  expect(page).toBe(errataDocument(entries, proofs));
});

test("every link to an entry leads to its heading as GitHub names it, without dots", () => {
  const page = errataDocument(entries, proofs);
  const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, title = ""]) =>
    title.replaceAll(/[^\w -]/g, ""),
  );
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor);
  expect(links.length).toBeGreaterThan(10);
  expect(headings).toEqual(expect.arrayContaining(links));
});

test("what was seen on CentOS 7 itself is counted from the systems that machines named", () => {
  expect(errataDocument(entries, {})).toContain(
    `On CentOS 7 itself none of these ${entries.length} has been seen`,
  );
  const [entry] = entries;
  if (!entry) throw new Error("no entry");
  const proof = { ...made("2019-04-01", "upstream", digestOf(entry)), system: "centos7" };
  expect(errataDocument(entries, withProof({}, entry.id, proof))).toContain("On CentOS 7 itself 1 of these");
});

test("every proof is of an entry that there is, with a set that it holds for", () => {
  const sets = new Map<string, readonly string[]>(entries.map(({ id, holdsFor }) => [id, holdsFor.sets]));
  const strangers = Object.entries(proofs).flatMap(([id, known]) =>
    known.filter(({ set }) => !sets.get(id)?.includes(set)).map(({ set }) => `${id} ${set}`),
  );
  expect(strangers).toEqual([]);
});

test.for(typo)("$id: an entry that has changed since its proof is unproved", (entry) => {
  const proof = made("2019-04-01", "upstream", digestOf(entry));
  const known = withProof({}, entry.id, proof);
  expect(proofsOf(entry, known)).toEqual([proof]);
  expect(errataDocument([entry], known)).toContain("2019-04-01 upstream, fixed");
  const changed = { ...entry, remedy: [{ on: "t71", run: "true" }] };
  expect(proofsOf(changed, known)).toEqual([]);
  expect(errataDocument([changed], known)).toContain("- Unproved");
});

test("a proof takes the place of an older one with the same set and system, and of no other", () => {
  const all = [made("2019-04-01", "upstream"), made("2019-04-02", "debian"), made("2019-04-03", "upstream")];
  const known = all.reduce((before, proof) => withProof(before, "x", proof), {});
  expect(known).toEqual({ x: [all[1], all[2]] });
});
