import { cp, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach } from "vitest";
import { silent } from "../../../progress.ts";
import { UpstreamSet } from "../set.ts";
import { testContext, temporaryFolder } from "../../../testing.ts";
import { type Handler, serve } from "../../../host/download/testing.ts";
import { tarball } from "../testing.ts";
import { lockName } from "./lock.ts";
import { makeSites, mirrorsTo, sitesOf } from "./testing.ts";

export const request = {
  install: ["wget yum-utils", "docker-ce"],
  added: ["https://download.docker.com/linux/centos/docker-ce.repo"],
};

/** Where the sites' files are. */
export let made: string;
export let scratch: string;
export let up: Awaited<ReturnType<typeof serve>>;
/** What the sites answer in this test, by the beginning of a path, instead of their files. */
export let instead: Record<string, Handler>;
export let pins: string;
/** What the first run left, for those after it. */
let first: string;

/** Packs the two sites in small for the tests around, and serves them to each. */
export function withSites(): void {
  beforeAll(async () => {
    const folder = await mkdtempDisposable(join(tmpdir(), "guide-test-"));
    made = folder.path;
    await makeSites(made);
    await using once = await serve(sitesOf(made, {}));
    first = join(made, "first");
    const set = new UpstreamSet(first, { ARTIFACT_MIRROR: mirrorsTo(once.base) }, undefined, "/nowhere");
    await set.preparePackages(request, silent, testContext());
    return () => folder.remove();
  }, 120_000);
  beforeEach(async () => {
    scratch = temporaryFolder();
    instead = {};
    up = await serve((asked, response) => sitesOf(made, instead)(asked, response));
    await tarball(scratch, "a.tar.gz", { a: "a" });
    pins = join(scratch, "pins.yaml");
    await writeFile(
      pins,
      `inputs:\n  - name: a.tar.gz\n    version: a 1\n    url: ${up.base}/a.tar.gz\n    layout: [a]\n`,
    );
  });
  afterEach(async () => {
    await up[Symbol.asyncDispose]();
  });
}

export const root = (host: string): string => join(scratch, host);
export const setOf = (host = "here"): UpstreamSet =>
  new UpstreamSet(root(host), { ARTIFACT_MIRROR: mirrorsTo(up.base) }, pins, join(scratch, "reviewed.json"));
export const recordedBy = (host = "here"): string => join(root(host), "artifacts/guide", lockName);
export const afterFirst = (host = "here"): Promise<unknown> => cp(first, root(host), { recursive: true });
export const offline = async (): Promise<void> => up[Symbol.asyncDispose]();
