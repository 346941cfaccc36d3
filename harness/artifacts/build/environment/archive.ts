import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { ArtifactError, HarnessError } from "../../../errors.ts";
import { assertOnline, fillCache, isOffline } from "../../../host/offline.ts";
import { type Damage, readJson, replaceFile } from "../../../host/persisted.ts";
import type { Progress } from "../../../progress.ts";
import { sha256Of } from "../../manifest.ts";
import { type BuildLog, runJob } from "../../job.ts";
import {
  checkLocked,
  completeMirror,
  type Input,
  type InputFile,
  inputSchema,
  inputNames,
  inputsOf,
  laterNames,
  laterRelease,
  packageNames,
  parseUris,
  sourceNames,
  wrongHash,
  wrongIn,
} from "../inputs.ts";
import { debianMirror, type Mirror, sourcesText, stanza } from "../../../host/packages/debian-mirror.ts";

const knownSchema = z.object({
  refreshed: z.number(),
  sources: z.string(),
  inputs: z.array(inputSchema).superRefine((inputs, context) => {
    const wrong = wrongIn(inputs);
    if (wrong) context.addIssue(`${wrong.file} has another checksum than in lock.json`);
  }),
});

type Known = z.infer<typeof knownSchema>;

const freshMilliseconds = 60 * 60_000;

/** Whether a moment, in milliseconds since the epoch, is of the last hour; one to come is of a clock that was set back. */
export function isFresh(moment: number, now = Date.now()): boolean {
  const age = now - moment;
  return age >= 0 && age < freshMilliseconds;
}

/** apt sources for what the sets are made from. */
export const sourcesOf = (mirror: Mirror): string =>
  `${sourcesText(mirror)}\n${stanza("deb", mirror.archive, laterRelease)}`;

/**
 * Debian 12's archive, and of Debian 13's what is asked for by its name, through an apt of our own: its sources, lists and downloads live in one folder,
 * so the host's apt is neither changed nor needed to know source packages.
 */
export class DebianArchive {
  readonly #folder: string;
  readonly #config: string;
  readonly #knownPath: string;
  /** Why its lists could not be read. */
  #unread: unknown;

  /** `knownPath` is the file with the inputs as last seen: what is built from them is found by it. */
  constructor(folder: string, knownPath: string) {
    this.#folder = folder;
    this.#config = join(folder, "apt.conf");
    this.#knownPath = knownPath;
  }

  /** The inputs as last seen in the archive, without asking it; undefined before the first time. */
  async known(): Promise<readonly Input[] | undefined> {
    return (await this.#known())?.inputs;
  }

  /** Why nothing is known of the archive: the file with it is damaged or gone. Undefined if it is known. */
  async lost(): Promise<Damage | undefined> {
    if (await this.#known()) return undefined;
    const { damage } = await readJson(this.#knownPath, knownSchema);
    return damage ?? { file: this.#knownPath, line: 1, reason: "it is gone" };
  }

  /**
   * The inputs as the archive offers them now: asks it unless it was asked within the hour.
   * If it cannot or must not be reached, what is known goes on being used.
   */
  async current(log: BuildLog, progress: Progress, signal?: AbortSignal): Promise<readonly Input[]> {
    const known = await this.#known();
    if (isOffline() && known && isWhole(known.inputs)) return known.inputs;
    assertOnline("Debian's package lists were not read for all that is needed", fillCache());
    const sources = sourcesOf(await debianMirror());
    const isRead = known?.sources === sources && isFresh(known.refreshed);
    if (isRead && isWhole(known.inputs) && (await this.#hasLists())) return known.inputs;
    progress.note("Reading Debian's package lists");
    await this.#configure(sources);
    try {
      await runJob({ title: "read Debian's package lists", command: this.#apt("update") }, log, signal);
    } catch (error) {
      if (!known || !isWhole(known.inputs) || signal?.aborted) throw withMirrorHint(error);
      this.#unread = error;
      progress.note("Debian's package lists cannot be read; the versions seen last are used");
      return known.inputs;
    }
    const inputs = await this.#offered();
    const refreshed = { refreshed: Date.now(), sources, inputs };
    await this.#keep(refreshed);
    return inputs;
  }

  /** Downloads the files of an input unless they are there, and returns their paths. ArtifactError for a wrong hash. */
  async fetch(input: Input, log: BuildLog, signal?: AbortSignal): Promise<string[]> {
    checkLocked([input]);
    const folder = join(this.#folder, "files");
    await mkdir(folder, { recursive: true });
    const paths = input.files.map(({ file }) => join(folder, file));
    if (await allIntact(folder, input.files)) return paths;
    assertOnline(`The cache lacks ${input.name} ${input.version} of Debian`, fillCache());
    await Promise.all(paths.map((path) => rm(path, { force: true })));
    const wanted = `${input.name.replace(/\/.*/, "")}=${input.version}`;
    const command = isSource(input)
      ? this.#apt("source", "--download-only", "--only-source", wanted)
      : this.#apt("download", wanted);
    await runJob({ title: `download ${wanted}`, command, cwd: folder }, log, signal).catch(
      (error: unknown) => {
        // Without the mirror's lists apt finds nothing, and does not say why there are none.
        throw withMirrorHint(this.#unread ?? error);
      },
    );
    for (const { file, sha256 } of input.files) {
      const actual = await sha256Of(join(folder, file));
      if (actual !== sha256) throw wrongHash(file, sha256, actual);
    }
    return paths;
  }

  /** Whether apt's own files are there, without which nothing can be downloaded. */
  async #hasLists(): Promise<boolean> {
    const lists = await readdir(join(this.#folder, "lists")).catch(() => []);
    return existsSync(this.#config) && lists.some((name) => /_(?:In)?Release$/.test(name));
  }

  #apt(...args: string[]): [string, ...string[]] {
    return ["apt-get", "-c", this.#config, ...args];
  }

  async #known(): Promise<Known | undefined> {
    // What is damaged is asked for again, and replaced.
    const { value } = await readJson(this.#knownPath, knownSchema);
    if (value) return value;
    // Earlier versions of the project had it beside apt's own files, which may go.
    const former = (await readJson(join(this.#folder, "inputs.json"), knownSchema)).value;
    if (former) await this.#keep(former);
    return former;
  }

  #keep(known: Known): Promise<void> {
    return replaceFile(this.#knownPath, JSON.stringify(known, undefined, 2));
  }

  /** Writes apt.conf(5): all state in our folder, host proxies kept, host hooks off. */
  async #configure(sources: string): Promise<void> {
    const at = (name: string): string => JSON.stringify(join(this.#folder, name));
    for (const name of ["lists/partial", "cache/archives/partial"]) {
      await mkdir(join(this.#folder, name), { recursive: true });
    }
    await writeFile(join(this.#folder, "debian.sources"), sources);
    await writeFile(join(this.#folder, "status"), "");
    await writeFile(
      this.#config,
      [
        `Dir::Etc::sourcelist ${at("debian.sources")};`,
        'Dir::Etc::sourceparts "/dev/null";',
        'Dir::Etc::preferences "/dev/null";',
        'Dir::Etc::preferencesparts "/dev/null";',
        `Dir::State::lists ${at("lists")};`,
        // An empty status file: what the host has installed must not decide which version is wanted.
        `Dir::State::status ${at("status")};`,
        `Dir::Cache ${at("cache")};`,
        'APT::Architecture "amd64";',
        // Another release is taken from only where it is named.
        'APT::Default-Release "/^bookworm/";',
        "#clear APT::Architectures;",
        'APT::Architectures { "amd64"; };',
        'APT::Sandbox::User "root";',
        'APT::Update::Error-Mode "any";',
        'Acquire::Languages "none";',
        'Acquire::Retries "3";',
        "#clear APT::Update::Post-Invoke;",
        "#clear APT::Update::Post-Invoke-Success;",
        "",
      ].join("\n"),
    );
  }

  async #offered(): Promise<Input[]> {
    const ask = async (...args: string[]): Promise<InputFile[]> => {
      const [file, ...all] = this.#apt("--print-uris", ...args);
      const { stdout } = await execa(file, all, { cwd: this.#folder, env: { LC_ALL: "C" } });
      return parseUris(stdout);
    };
    try {
      return inputsOf(
        await ask("download", ...packageNames),
        await ask("download", ...laterNames),
        await ask("source", "--download-only", "--only-source", ...sourceNames),
      );
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      throw new ArtifactError("The Debian mirror lacks a package of the artifact set", {
        hint: completeMirror,
        cause: error,
      });
    }
  }
}

/** Whether all that the sets are made from was asked for: an earlier version of the project may have needed less. */
const isWhole = (inputs: readonly Input[]): boolean =>
  inputNames.every((name) => inputs.some((input) => input.name === name));

const isSource = ({ name }: Input): boolean => sourceNames.some((source) => source === name);

async function allIntact(folder: string, files: readonly InputFile[]): Promise<boolean> {
  for (const { file, sha256 } of files) {
    if ((await sha256Of(join(folder, file)).catch(() => undefined)) !== sha256) return false;
  }
  return true;
}

/** Says which mirror to change when apt's own words do not. */
function withMirrorHint(error: unknown): unknown {
  if (!(error instanceof ArtifactError)) return error;
  const { hint, ...details } = error.details;
  return new ArtifactError(error.message, {
    ...details,
    hint: `Check the network, or name another mirror in GUIDE_DEBIAN_MIRROR. ${hint ?? ""}`.trim(),
    cause: error,
  });
}
