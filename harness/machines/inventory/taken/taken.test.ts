import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InfrastructureError } from "../../../errors.ts";
import { holdOrFail } from "../../../host/lock.ts";
import { silent } from "../../../progress.ts";
import { temporaryFolder, testContext } from "../../../testing.ts";
import { profile } from "../../../profile/testing.ts";
import { giveBack, resetUnknown } from "../down.ts";
import { type Definition, listRecords, readDefinition } from "../restore/record.ts";
import { letGo } from "./taken.ts";
import { startHost, type StandIn } from "../testing.ts";
import { take } from "../up.ts";

afterEach(() => void vi.unstubAllEnvs());

const holder = (host: StandIn): string | undefined =>
  existsSync(host.taken) ? readFileSync(join(host.taken, "cluster"), "utf8").split("\n")[0] : undefined;
/** Another control host: one with other records. */
const elsewhere = (): void => void vi.stubEnv("XDG_STATE_HOME", temporaryFolder());
const failureOf = async (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const definitionOf = async (id: string): Promise<Definition> => {
  const definition = await readDefinition(id);
  if (!definition) throw new Error(`there is no ${id}`);
  return definition;
};
const changes = (host: StandIn): string[] =>
  host.asked.filter(
    (command) => ["state", "reset", "settle"].includes(command) || /guide-artifacts/.test(command),
  );

describe("hosts that a cluster has", () => {
  let a: StandIn;
  let b: StandIn;
  let state: string;
  beforeEach(async () => {
    state = temporaryFolder();
    vi.stubEnv("XDG_STATE_HOME", state);
    [a, b] = await Promise.all([startHost("a"), startHost("b")]);
  });
  afterEach(async () => {
    await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]);
  });

  const attempt = (id: string, { adopt = false, context = testContext() } = {}) => {
    const machines = [
      { name: "a", role: "master" as const, address: "10.0.0.5" },
      { name: "b", role: "node" as const, address: "10.0.0.6" },
    ];
    const hosts = machines.map((spec, index) => ({ spec, endpoint: [a, b][index]?.endpoint ?? a.endpoint }));
    return take(
      { id, kubernetes: "1.20.2", artifacts: "", needs: {}, online: true, machines },
      { file: "hosts.yaml", os: "debian12", hosts },
      { adopt, guide: profile },
      silent,
      context,
    );
  };

  test("say so until they are given back", async () => {
    await attempt("own");
    expect([holder(a), holder(b)]).toEqual(["own", "own"]);
    expect(readFileSync(join(a.taken, "cluster"), "utf8").split("\n").slice(0, 2)).toEqual([
      "own",
      `${hostname()}:${join(state, "k8s-guide-conformance/inventory/own")}`,
    ]);
    await giveBack("own", silent, testContext());
    expect([holder(a), holder(b)]).toEqual([undefined, undefined]);
    expect(await listRecords()).toEqual([]);
  });

  test("are refused to another one, which is told whose they are; nothing is done or left", async () => {
    await attempt("own");
    a.asked.length = 0;
    elsewhere();
    // The same name says nothing: nobody gives ids out.
    for (const id of ["other", "own"]) {
      const failure = await failureOf(attempt(id));
      expect(failure).toBeInstanceOf(InfrastructureError);
      const where = `${hostname()}:${join(state, "k8s-guide-conformance/inventory/own")}`;
      expect(failure).toMatchObject({
        message: `Hosts are taken already:\na: by cluster own (${where})\nb: by cluster own (${where})`,
        details: { hint: expect.stringMatching(/`pnpm down --cluster own`.*\/run\/k8s-guide\.taken/) },
      });
      expect(await listRecords()).toEqual([]);
    }
    expect(changes(a)).toEqual([]);
    expect([holder(a), holder(b)]).toEqual(["own", "own"]);
  });

  test("are refused to a cluster of the same name on a control host of the same name", async () => {
    await attempt("own");
    // A clone of this control host: the same paths, and no record.
    renameSync(join(state, "k8s-guide-conformance"), join(state, "of-the-first"));
    await expect(attempt("own")).rejects.toThrow("Hosts are taken already:\na: by cluster own (");
    expect([holder(a), holder(b)]).toEqual(["own", "own"]);
  });

  test("are let go if another has one of them", async () => {
    mkdirSync(b.taken);
    writeFileSync(join(b.taken, "cluster"), "other\nbox:/x\n");
    await expect(attempt("own")).rejects.toThrow("Hosts are taken already:\nb: by cluster other (box:/x)");
    expect([holder(a), holder(b)]).toEqual([undefined, "other"]);
    expect(changes(a)).toEqual([]);
  });

  test("are one's, of two that take them at once", async () => {
    const outcomes = await Promise.allSettled([attempt("one"), attempt("two")]);
    const won = outcomes.filter(({ status }) => status === "fulfilled").length;
    // Each may have got a host before the other: then both let go.
    expect(won).toBeLessThan(2);
    expect(holder(a)).toBe(holder(b));
    expect(await listRecords()).toHaveLength(won);
  });

  test("are known by their addresses after a boot, on this control host", async () => {
    await attempt("own");
    for (const { taken } of [a, b]) rmSync(taken, { recursive: true });
    const failure = await failureOf(attempt("other"));
    expect(failure).toMatchObject({
      message: expect.stringContaining("Hosts are taken already:\na: by cluster own ("),
      details: { hint: expect.stringContaining("`pnpm down --cluster own`") },
    });
    expect(failure).toBeInstanceOf(InfrastructureError);
    expect([holder(a), holder(b)]).toEqual([undefined, undefined]);
  });

  test("are others, if they have the same addresses and other keys", async () => {
    await attempt("own");
    const [former, latter] = [a, b];
    [a, b] = await Promise.all([startHost("a"), startHost("b")]);
    await attempt("other");
    expect([holder(a), holder(former)]).toEqual(["other", "own"]);
    await Promise.all([former[Symbol.asyncDispose](), latter[Symbol.asyncDispose]()]);
  });

  test("can be adopted once they carry the guide, and stay the first one's", async () => {
    await attempt("own");
    a.facts = b.facts = ["found=/k8s"];
    await expect(attempt("other")).rejects.toThrow("carry the guide");
    await attempt("other", { adopt: true });
    await giveBack("other", silent, testContext());
    expect([holder(a), holder(b)]).toEqual(["own", "own"]);
  });

  test("are not adopted as long as they carry nothing", async () => {
    await attempt("own");
    a.facts = ["found=/k8s"];
    await expect(attempt("other", { adopt: true })).rejects.toThrow("already:\nb: by cluster own");
    expect([holder(a), holder(b)]).toEqual(["own", "own"]);
  });

  test("are let go if their state cannot be recorded, and nothing is taken off them", async () => {
    b.state = [["nonsense", "", ""]];
    await expect(attempt("own")).rejects.toThrow("not understood");
    expect([holder(a), holder(b)]).toEqual([undefined, undefined]);
    expect(a.asked).not.toContain("reset");
    expect(await listRecords()).toEqual([]);
  });

  test("are let go by `down` if whoever took them was killed before anything was changed", async () => {
    // Nobody is left to let them go: they answer no more.
    let gone = false;
    b.answers = (command) => {
      gone ||= command === "state";
      if (gone) b.cut();
      return !gone;
    };
    await expect(attempt("own")).rejects.toThrow(
      "The hosts of cluster own could neither be used nor all given back",
    );
    expect(holder(b)).toBe("own");
    b.answers = () => true;
    a.asked.length = 0;
    await giveBack("own", silent, testContext());
    expect([holder(a), holder(b)]).toEqual([undefined, undefined]);
    expect(a.asked).not.toContain("reset");
    expect(await listRecords()).toEqual([]);
  });

  test("are not reset once another has them: nothing of its is removed", async () => {
    await attempt("own");
    writeFileSync(join(b.taken, "cluster"), "other\nbox:/x\n");
    const failure = await failureOf(giveBack("own", silent, testContext()));
    expect(failure).toMatchObject({
      message: "Hosts are another cluster's by now:\nb: by cluster other (box:/x)",
      details: { hint: expect.stringContaining("--forget") },
    });
    expect([...a.asked, ...b.asked]).not.toContain("reset");
    expect([holder(a), holder(b)]).toEqual(["own", "other"]);
  });

  test("stay taken until nothing is left on any of them", async () => {
    await attempt("own");
    b.state = [["package", "1", "left"]];
    await expect(giveBack("own", silent, testContext())).rejects.toThrow("b: package left: was not there");
    expect([holder(a), holder(b)]).toEqual(["own", "own"]);
  });

  test("are let go without a reset, those that are another's but not", async () => {
    await attempt("own");
    writeFileSync(join(b.taken, "cluster"), "other\nbox:/x\n");
    expect(await letGo(await definitionOf("own"), testContext())).toEqual([]);
    expect([holder(a), holder(b)]).toEqual([undefined, "other"]);
  });

  test("are free after a reset without the record, which says whose they were", async () => {
    await attempt("own");
    elsewhere();
    const hosts = [
      { spec: { name: "a", role: "master" as const, address: "10.0.0.5" }, endpoint: a.endpoint },
    ];
    const reset = async (dryRun: boolean): Promise<string[]> =>
      (await resetUnknown(hosts, testContext(), { dryRun, guide: profile })).flatMap(({ deeds }) => deeds);
    const told = expect.stringMatching(/^forget that it is taken by cluster own \(.*\/own\)$/);
    expect(await reset(true)).toEqual([told]);
    expect(holder(a)).toBe("own");
    expect(await reset(false)).toEqual([told]);
    expect(holder(a)).toBeUndefined();
    expect(await reset(true)).toEqual([]);
  });

  test("are not reset by whoever names them while something uses their cluster, whether they say whose they are or not", async () => {
    await attempt("own");
    const lock = join(state, "k8s-guide-conformance/locks/own.lock");
    const options = {
      name: "lock",
      progress: silent,
      work: "`pnpm run suite`",
      held: () => new InfrastructureError("held"),
    };
    const hosts = [
      { spec: { name: "a", role: "master" as const, address: "10.0.0.5" }, endpoint: a.endpoint },
    ];
    const reset = () => resetUnknown(hosts, testContext(), { dryRun: false, guide: profile });
    await using _ = await holdOrFail(lock, { ...options, transient: true });
    a.asked.length = 0;
    for (const boots of [false, true]) {
      if (boots) rmSync(a.taken, { recursive: true });
      expect(await failureOf(reset())).toMatchObject({
        verdict: "usage",
        message: expect.stringMatching(/^The cluster own is in use: `pnpm run suite`/),
        details: { hint: expect.stringContaining("`pnpm reset --cluster own`") },
      });
    }
    expect(changes(a)).toEqual([]);
  });

  test("are told if they cannot be let go", async () => {
    await attempt("own");
    await b[Symbol.asyncDispose]();
    expect(await letGo(await definitionOf("own"), testContext())).toEqual(["b"]);
    expect(holder(a)).toBeUndefined();
  });
});
