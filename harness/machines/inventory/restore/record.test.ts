import { profile } from "../../../profile/testing.ts";
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InfrastructureError, UsageError } from "../../../errors.ts";
import {
  claim,
  type Definition,
  forget,
  listRecords,
  readBefore,
  readDefinition,
  writeBefore,
  writeDefinition,
} from "./record.ts";
import { temporaryFolder } from "../../../testing.ts";

let home: string;
const folderOf = (id: string): string => join(home, "k8s-guide-conformance/inventory", id);

beforeEach(() => {
  home = temporaryFolder();
  vi.stubEnv("XDG_STATE_HOME", home);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const { units, footprint, networks } = profile;
const definition: Definition = {
  guide: { units, footprint, networks },
  complete: false,
  spec: {
    id: "own",
    kubernetes: "1.14.0",
    artifacts: "/artifacts",
    machines: [
      { name: "a", role: "master", address: "10.0.0.5" },
      { name: "b", role: "node", address: "10.0.0.6" },
    ],
    needs: { a: ["etcd.tar.gz"], b: [] },
    online: false,
  },
  endpoints: [
    {
      machine: "a",
      transport: { kind: "unix", path: "/run/a" },
      user: "root",
      privateKeyFile: "/keys/a",
      hostKey: "ssh-ed25519 AAAAa",
    },
    {
      machine: "b",
      transport: { kind: "tcp", host: "gate", port: 2222 },
      user: "admin",
      sudo: true,
      privateKeyFile: "/keys/b",
      hostKey: "ssh-ed25519 AAAAb",
    },
  ],
  adopted: ["b"],
  assists: [{ id: "artifact-cache", reason: "because", machine: "a" }],
};

test("an id is claimed once; what holds it is named, and the way on", async () => {
  await claim("own");
  const again = await claim("own").catch((error: unknown) => error);
  expect(again).toBeInstanceOf(UsageError);
  expect(again).toMatchObject({
    message: `The cluster own exists already: ${folderOf("own")}`,
    details: { hint: expect.stringContaining("pnpm down --cluster own") },
  });
  await forget("own");
  await claim("own");
});

test("of two that claim an id at once, one gets it", async () => {
  const outcomes = await Promise.allSettled([claim("own"), claim("own"), claim("own")]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
  const reasons = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  expect(reasons.every((reason) => reason instanceof UsageError)).toBe(true);
});

test("an id that machines of another provider have is not claimed, nor one that is no id", async () => {
  mkdirSync(join(home, "k8s-guide-conformance/clusters/made"), { recursive: true });
  await expect(claim("made")).rejects.toThrow("clusters/made");
  await expect(claim("../up")).rejects.toThrow(UsageError);
  expect(existsSync(folderOf("made"))).toBe(false);
});

test("a definition comes back as it was written, and the last one counts", async () => {
  await claim("own");
  expect(await readDefinition("own")).toBeUndefined();
  await writeDefinition(definition);
  expect(await readDefinition("own")).toEqual(definition);
  const later: Definition = { ...definition, complete: true, rootKeys: ["ssh-ed25519 AAAA"] };
  await writeDefinition(later);
  expect(await readDefinition("own")).toEqual(later);
  await forget("own");
  expect(await readDefinition("own")).toBeUndefined();
});

test("hosts that an older version took carry the project's own guide", async () => {
  await claim("own");
  const { guide: _, ...former } = definition;
  writeFileSync(join(folderOf("own"), "hosts.json"), JSON.stringify(former));
  expect((await readDefinition("own"))?.guide.footprint).toEqual(profile.footprint);
  await forget("own");
});

test.each([
  ["cut short", '{"complete": tr'],
  ["of another shape", '{"complete": true}'],
])("a definition that is %s is an infrastructure error that names its file", async (_, text) => {
  await claim("own");
  const file = join(folderOf("own"), "hosts.json");
  writeFileSync(file, text);
  const failure = await readDefinition("own").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InfrastructureError);
  expect(failure).toMatchObject({
    message: expect.stringContaining("cluster own cannot be read"),
    details: { location: { file, line: 1 }, hint: expect.stringContaining("pnpm reset --inventory FILE") },
  });
});

test("what a host was like comes back as it was written, byte for byte", async () => {
  await claim("own");
  expect(await readBefore("own", "a")).toBeUndefined();
  const before = { state: "place\tdirectory\t/k8s é\nend\t\t\n", files: Buffer.from([0, 255, 31, 139]) };
  await writeBefore("own", "a", before);
  expect(await readBefore("own", "a")).toEqual(before);
});

test.each(["a.state.gz", "a.files.tgz"])("without %s nobody knows what a host was like", async (file) => {
  await claim("own");
  await writeBefore("own", "a", { state: "", files: Buffer.of() });
  rmSync(join(folderOf("own"), file));
  expect(await readBefore("own", "a")).toBeUndefined();
});

test("what a host was like and cannot be unpacked is not known, and is kept beside the cluster's folder", async () => {
  await claim("own");
  await writeBefore("own", "a", { state: "x", files: Buffer.of() });
  writeFileSync(join(folderOf("own"), "a.state.gz"), "no gzip");
  expect(await readBefore("own", "a")).toBeUndefined();
  await forget("own");
  expect(readdirSync(dirname(folderOf("own")))).toEqual(["own.a.state.gz.damaged-1"]);
  expect(await listRecords()).toEqual([]);
});

test("nobody else may read what is written down", async () => {
  await claim("own");
  await writeDefinition(definition);
  await writeBefore("own", "a", { state: "", files: Buffer.of() });
  expect(statSync(folderOf("own")).mode & 0o077).toBe(0);
  const files = readdirSync(folderOf("own"));
  expect(files.toSorted()).toEqual(["a.files.tgz", "a.state.gz", "hosts.json", "owners.jsonl"]);
  expect(files.filter((file) => (statSync(join(folderOf("own"), file)).mode & 0o077) !== 0)).toEqual([]);
});

test("hosts are in use as long as a process lives that used them; a line that was cut is of one that was killed", async () => {
  expect(await listRecords()).toEqual([]);
  await claim("own");
  const owners = join(folderOf("own"), "owners.jsonl");
  appendFileSync(owners, '{"pid": 1, "sta');
  expect(await listRecords()).toEqual([{ id: "own", running: true, damaged: [] }]);
  const dead = { pid: process.pid, start: 1, boot: "another" };
  writeFileSync(owners, `${JSON.stringify(dead)}\n{"pid": ${process.pid}, "sta`);
  expect(await listRecords()).toEqual([{ id: "own", running: false, damaged: [] }]);
});

test("a cluster of hosts is never seen without the process that takes them, which a gc would forget", async () => {
  const ids = Array.from({ length: 30 }, (_, count) => `c${count}`);
  const claims = Promise.all(ids.map(claim));
  let seen: Awaited<ReturnType<typeof listRecords>> = [];
  while (seen.length < ids.length) {
    seen = await listRecords();
    expect(seen.filter(({ running }) => !running)).toEqual([]);
  }
  await claims;
});
