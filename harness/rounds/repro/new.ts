import { copyFile, mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { $ } from "zx";
import { setNames } from "../../choices.ts";
import { UsageError } from "../../errors.ts";
import { differenceOf } from "../../guide/edit/compare/difference.ts";
import { parseGuide } from "../../guide/parse/parse.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { machinesWith } from "../../profile/machines.ts";
import { loadProfile } from "../../profile/profile.ts";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import { guessSymptom } from "./report.ts";

export type NewOptions = {
  readonly guide?: string;
  readonly patch?: string;
  readonly output: string;
  readonly id: string;
};

/** Writes fixtures/guide/errata/ID.yaml from a reader's guide and output; resolves with the file. UsageError if it is there. */
export async function newErratum({ guide, patch, output, id }: NewOptions): Promise<string> {
  if (!/^[a-z0-9]+(?:-[a-z0-9.]+)*$/.test(id)) throw new UsageError(`"${id}" cannot be the id of an erratum`);
  if ((guide === undefined) === (patch === undefined)) throw new UsageError("Give either --guide or --patch");
  const own = await read(defaultSettings.guide);
  const theirs = patch === undefined ? await read(guide ?? "") : await patched(own, patch);
  const profile = loadProfile(defaultSettings.guide);
  const [before, after] = [
    parseGuide(own, defaultSettings.guide, profile),
    parseGuide(theirs, guide ?? patch ?? "", profile),
  ];
  const lines = theirs.split("\n");
  const changes = differenceOf(before, after, ({ location, endLine }) =>
    lines.slice(location.line - 1, endLine),
  );
  const [first] = changes;
  if (!first) throw new UsageError("The two guides do not differ in anything that is run");
  const plans = [await planOfText(theirs), await planOf(defaultSettings)];
  const words = processRedactor.text(await read(output));
  const symptom = plans.map((plan) => guessSymptom(words, plan)).find((guess) => guess !== undefined);
  if (!symptom) {
    throw new UsageError(`No command of the guide and no step is in ${output}`, {
      hint: "Give the terminal's text from the failing command on, or what `pnpm e2e` printed.",
    });
  }
  const [written, corrected] = "find" in first ? [first.replace, first.find] : ["", ""];
  const erratum = {
    id,
    section: symptom.step.split("/")[0],
    class: "drop" in first ? "missing-step" : "wrong-value",
    written: written.trim(),
    corrected: corrected.trim(),
    why: "Reported by a reader; say here why it is wrong.",
    symptom,
    holds_for: { sets: setNames, systems: ["centos7", "debian12"] },
    changes: changes.map((change) => Object.assign({ reason: "As a reader had it." }, change)),
  };
  const file = join(dirname(defaultSettings.guide), "errata", `${id}.yaml`);
  try {
    await writeFile(file, stringify(erratum, { lineWidth: 0 }), { flag: "wx" });
  } catch (cause) {
    throw new UsageError(`${file} cannot be written`, {
      cause,
      hint: "An erratum that is there is kept: take another id.",
    });
  }
  return file;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(`cannot read ${file}`, { cause, hint: "give the path of a file that exists" });
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "guide-new-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const planOfText = (text: string) =>
  inFolder(async (folder) => {
    await mkdir(join(folder, "guide"));
    await writeFile(join(folder, "guide/guide.md"), text);
    await copyFile(join(dirname(defaultSettings.guide), "profile.yaml"), join(folder, "guide/profile.yaml"));
    return planOf({
      ...defaultSettings,
      guide: join(folder, "guide/guide.md"),
      made: { ports: [], machines: machinesWith(loadProfile(defaultSettings.guide)) },
    });
  });

/** The guide with a unified diff applied to it, whatever the diff calls the file. */
async function patched(text: string, patch: string): Promise<string> {
  const diff = await read(patch);
  const targets = [...diff.matchAll(/^\+\+\+ ([^\t\n]+)/gm)].map(([, name = ""]) => name);
  const [target = ""] = targets;
  if (targets.length !== 1 || target.split("/").includes("..") || target.startsWith("/")) {
    throw new UsageError(`${patch} is not a patch of one file`, {
      hint: "Make it with `git diff` or `diff -u`.",
    });
  }
  const [strip, name] = target.startsWith("b/") ? [1, target.slice(2)] : [0, target];
  return inFolder(async (folder) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
    const applied = await $({ cwd: folder, nothrow: true, quiet: true, input: diff })`git apply -p${strip} -`;
    if (applied.exitCode !== 0)
      throw new UsageError(`${patch} does not fit the guide: ${applied.stderr.trim()}`);
    return readFile(join(folder, name), "utf8");
  });
}
