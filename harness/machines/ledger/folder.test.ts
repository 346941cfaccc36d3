import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { claimFolder, listFolders } from "./folder.ts";
import { ledgers } from "./ledger.ts";
import { temporaryFolder } from "../../testing.ts";

let clusters: string;
beforeEach(() => void (clusters = temporaryFolder()));

const entry = z.looseObject({ kind: z.string() });
const { read } = ledgers((id) => join(clusters, id, "ledger.jsonl"), entry);
const list = () => listFolders(clusters, read);

test("a cluster is never seen without the process that makes it", async () => {
  const ids = Array.from({ length: 30 }, (_, count) => `c${count}`);
  const claims = ids.map((id) => claimFolder(id, join(clusters, id)));
  let seen: Awaited<ReturnType<typeof list>> = [];
  while (seen.length < ids.length) {
    seen = await list();
    expect(seen.filter(({ running }) => !running)).toEqual([]);
  }
  await Promise.all(claims);
});

test("an id has one owner, and who came second leaves nothing", async () => {
  const claims = ["main", "main", "main"].map((id) => claimFolder(id, join(clusters, id)));
  const ended = await Promise.allSettled(claims);
  expect(ended.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
  await expect(claimFolder("main", join(clusters, "main"))).rejects.toThrow(
    "The cluster main exists already",
  );
  expect(await readdir(clusters)).toEqual(["main"]);
});
