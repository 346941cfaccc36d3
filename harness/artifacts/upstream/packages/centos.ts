import { link, mkdir, mkdtempDisposable, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { installMissing } from "../../build/environment/host-packages.ts";
import { type Entry, entryIn, type EntrySpec, keyOf } from "../../cache/cache.ts";
import { BuildLog, runJob } from "../../job.ts";
import type { Context } from "../../../context.ts";
import { ArtifactError } from "../../../errors.ts";
import { isOffline } from "../../../host/offline.ts";
import type { ProgramPackages } from "../../../host/packages/packages.ts";
import { shortPath } from "../../../host/paths.ts";
import { replaceFile } from "../../../host/persisted.ts";
import type { Progress } from "../../../progress.ts";
import { listNames, listsCommand } from "../../repodata.ts";
import type { Packages } from "../../set.ts";
import { filesIn, type Placed } from "../../whole.ts";
import { UnreachableError } from "../../../host/download/download.ts";
import { fetchInputs, type FetchOptions } from "../download/fetch.ts";
import type { Pin } from "../inputs/pins.ts";
import type { InputStore } from "../inputs/store.ts";
import { decide, needDnf, resolveClosure, runs } from "./closure.ts";
import {
  joinLocks,
  lockFile,
  lockName,
  lockText,
  openIn,
  type PackageLock,
  type PackageRequest,
  pathOf,
  pinsOf,
  readLock,
} from "./lock.ts";

/** What to do where the packages cannot be fetched. */
const ways =
  "carry them over: `pnpm artifacts fetch --packages` and `export` on a host with a network, `pnpm artifacts import FILE` here; or let the machines' own yum fetch them with `--online`";

/** What yum installs on machines with CentOS, each file an input of the set `upstream` that is held to a lock. */
export class CentosPackages {
  readonly #root: string;
  readonly #store: InputStore;
  readonly #env: NodeJS.ProcessEnv;
  readonly #reviewed: string;

  /** `reviewed` is another lock than the project's, for tests. */
  constructor(root: string, store: InputStore, env: NodeJS.ProcessEnv, reviewed = lockFile) {
    this.#root = root;
    this.#store = store;
    this.#env = env;
    this.#reviewed = reviewed;
  }

  /** The lock of what nobody has reviewed yet, in the cache. */
  get #recorded(): string {
    return join(this.#store.cache.root, lockName);
  }

  /** What the reviewed lock and the recorded one hold. ArtifactError if one is damaged. */
  async lock(): Promise<PackageLock> {
    return joinLocks(await readLock(this.#reviewed), await readLock(this.#recorded));
  }

  /** What keeps packages from being found that were laid out here: no lock names any. Undefined if one does, or none were. */
  async lost(): Promise<ArtifactError | undefined> {
    const [{ files }, wereThere] = [await this.lock(), await this.#store.cache.holds("packages")];
    if (files.length > 0 || !wereThere) return undefined;
    return new ArtifactError(`${this.#recorded} is gone; CentOS's packages are found by it`, {
      hint: "Copy it from the host that filled the cache, or import the export again. With a network, the next run resolves the packages anew.",
    });
  }

  /** The files as inputs, with who says what they must hash to. */
  async pins(): Promise<Pin[]> {
    const reviewed = pinsOf(await readLock(this.#reviewed), shortPath(this.#reviewed), false);
    const names = new Set(reviewed.map(({ name }) => name));
    const recorded = pinsOf(await readLock(this.#recorded), this.#recorded, true);
    return [...reviewed, ...recorded.filter(({ name }) => !names.has(name))];
  }

  /** What of a request has to come: installations that no lock knows or has any package for, and files. Asks nobody. */
  async missing(request: PackageRequest): Promise<string[]> {
    const [lock, lacking] = [await this.lock(), await this.#store.missing(await this.pins())];
    const hasPackages = lock.files.some(({ url }) => url.endsWith(".rpm"));
    return [...(hasPackages ? openIn(lock, request) : request.install), ...lacking.map(({ name }) => name)];
  }

  /** Programs of this host that preparing a request takes: none where all is laid out. Asks nobody. */
  async programs(request: PackageRequest): Promise<ProgramPackages> {
    const open = openIn(await this.lock(), request).length > 0;
    const isLaidOut = !open && (await this.#store.cache.find(await this.#spec())).state === "ready";
    return isLaidOut ? {} : { createrepo_c: "createrepo-c", ...(open && { dnf: "dnf" }) };
  }

  /**
   * All that yum needs for a request, fetched where it is not in the cache and laid out as machines see it. The caller holds
   * the lock. ArtifactError, or the signal's reason.
   */
  async prepare(request: PackageRequest, progress: Progress, context: Context): Promise<Packages> {
    const log = await BuildLog.create(join(this.#root, "build", "logs", "packages.log"));
    const options = { env: this.#env, progress, context, deadHosts: new Set<string>(), ways };
    try {
      await this.#close(request, log, options);
      const lacking = await this.#store.missing(await this.pins());
      if (lacking.length > 0) await fetchInputs(lacking, this.#store, options);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      throw new ArtifactError(`${error.message}: ${ways}`, { cause: error });
    }
    const { folder, manifest } = await this.#layOut(log, progress, context);
    return { folder, files: manifest.files };
  }

  /** Resolves what no lock knows, and writes it down. */
  async #close(request: PackageRequest, log: BuildLog, options: FetchOptions): Promise<void> {
    const install = openIn(await this.lock(), request);
    if (install.length === 0) return;
    const { progress } = options;
    const lost = await this.lost();
    if (lost && isOffline(this.#env)) throw lost;
    if (lost) progress.note(lost.message);
    const known = await this.pins();
    const found = await progress.span("resolve packages", () =>
      resolveClosure({ ...request, install }, { store: this.#store, log, known }, options),
    );
    await this.record(found);
    progress.note(
      `${found.files.length} files for yum (${install.join("; ")}) are recorded in ${this.#recorded}: later copies must be ` +
        `equal. To pin them, review it and copy it to ${shortPath(lockFile)}`,
    );
  }

  /** Adds to the recorded lock. ArtifactError if it says something else of a file than a lock here. */
  async record(more: PackageLock): Promise<void> {
    const has = new Map((await this.lock()).files.map(({ url, sha256 }) => [url, sha256]));
    const other = more.files.find(({ url, sha256 }) => (has.get(url) ?? sha256) !== sha256);
    if (other) {
      throw new ArtifactError(
        `${other.url} is not the file that was seen first\n  expected sha256:${has.get(other.url)}\n  actual   sha256:${other.sha256}`,
        {
          hint: `If the first one was the wrong one, remove it from ${this.#recorded} or ${this.#reviewed}.`,
        },
      );
    }
    const lock = joinLocks(await readLock(this.#recorded), more);
    await replaceFile(this.#recorded, lockText(lock));
  }

  /** Entries that exist or may come to exist. */
  async specs(): Promise<EntrySpec[]> {
    const pins = await this.pins();
    return [...pins.map((pin) => this.#store.specOf(pin)), await this.#spec()].filter(
      (spec) => spec !== undefined,
    );
  }

  /** The files that are in the cache, each with its folder. */
  async present(): Promise<Placed[]> {
    const found = await Promise.all((await this.pins()).map((pin) => this.#store.find(pin)));
    return found.flatMap((one) => (one.state === "ready" ? filesIn(one.entry) : []));
  }

  async #spec(): Promise<EntrySpec> {
    const { install, files, repositories } = await this.lock();
    const paths = files.map(({ url }) => pathOf(url));
    const lists = repositories.flatMap((url) => listNames.map((name) => `${pathOf(url)}/${name}`));
    return {
      kind: "packages",
      key: keyOf([install, files, repositories, listsCommand("")]),
      files: [...paths, ...lists],
    };
  }

  /** Files by site and path, with the lists that yum reads. */
  async #layOut(log: BuildLog, progress: Progress, context: Context): Promise<Entry> {
    const spec = await this.#spec();
    const found = await this.#store.cache.find(spec);
    if (found.state === "ready") return found.entry;
    if (!(await runs("createrepo_c", "--version"))) {
      await installMissing(["createrepo-c"], log, progress, context);
    }
    await needDnf(log, progress, context);
    const lock = await this.lock();
    // For its libraries open the database of packages that the user has there.
    await using scratch = await mkdtempDisposable(join(await this.#store.partsFolder(), "home-"));
    const home = scratch.path;
    return await this.#store.cache.store(spec, async (folder) => {
      for (const pin of await this.pins()) await this.#place(pin, folder);
      const repositories = lock.repositories.map((address) => ({
        address,
        folder: join(folder, pathOf(address)),
      }));
      for (const { folder: path } of repositories) {
        await mkdir(path, { recursive: true });
        const title = `list the packages of ${path}`;
        await runJob({ title, command: listsCommand(path), env: { HOME: home } }, log, context.signal);
      }
      const wrong = `A lock lacks them: if ${this.#recorded} and ${this.#reviewed} are deleted, the packages are resolved anew.`;
      await decide(home, repositories, lock.install, log, context.signal, wrong);
    });
  }

  /** Puts a file where machines see it. */
  async #place(pin: Pin, to: string): Promise<void> {
    const { folder } = entryIn(await this.#store.find(pin), "A package");
    const target = join(to, pathOf(pin.urls[0]));
    await mkdir(dirname(target), { recursive: true });
    await link(join(folder, pin.name), target);
    const { size } = await stat(target);
    if (size === pin.bytes) return;
    throw new ArtifactError(`${pin.urls[0]} has ${size} bytes, and ${pin.bytes} by ${pin.digest?.from}`, {
      hint: "Somebody wrote that file by hand: restore it, or delete it, then the packages are resolved anew.",
    });
  }
}
