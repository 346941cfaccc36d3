import { copyFile, mkdir, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { $ } from "zx";
import { setNames } from "../../../choices.ts";
import { UsageError } from "../../../errors.ts";
import { isErrno } from "../../../host/errno.ts";
import { differenceOf, type PlainChange } from "../../../guide/edit/compare/difference.ts";
import { parseGuide } from "../../../guide/parse/parse.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import { readText } from "../../../input/yaml-file.ts";
import { machinesWith } from "../../../profile/machines.ts";
import { loadProfile } from "../../../profile/profile.ts";
import { defaultSettings, planOf } from "../../../settings/settings.ts";
import type { Entry } from "../catalogue/catalogue.ts";
import { guessSymptom } from "./report.ts";
import type { Guess } from "./unit-report.ts";

export type NewOptions = {
  readonly guide?: string;
  readonly patch?: string;
  readonly output: string;
  readonly id: string;
};

/** Writes fixtures/guide/errata/ID.yaml from a reader's guide and output; resolves with the file. UsageError if it is there. */
export async function newErratum({ guide, patch, output, id }: NewOptions): Promise<string> {
  if (!/^[a-z0-9]+(?:-[a-z0-9.]+)*$/.test(id))
    throw new UsageError(`"${id}" cannot be the id of an erratum`, {
      hint: "An id has small letters, digits and dots, in words joined by hyphens, such as docker-options-name.",
    });
  if ((guide === undefined) === (patch === undefined)) throw new UsageError("Give either --guide or --patch");
  const own = await readText(defaultSettings.guide);
  const theirs = patch === undefined ? await readText(guide ?? "") : await patched(own, patch);
  const profile = loadProfile(defaultSettings.guide);
  const [before, after] = [
    parseGuide(own, defaultSettings.guide, profile),
    parseGuide(theirs, guide ?? patch ?? "", profile),
  ];
  const lines = theirs.split("\n");
  const changes = differenceOf(before, after, ({ location, endLine }) =>
    lines.slice(location.line - 1, endLine),
  );
  if (changes.length === 0) throw new UsageError("The two guides do not differ in anything that is run");
  const plans = [await planOfText(theirs), await planOf(defaultSettings)];
  const words = processRedactor.text(await readText(output));
  const guess = plans.map((plan) => guessSymptom(words, plan)).find((found) => found !== undefined);
  if (!guess) {
    throw new UsageError(`No command, no unit and no step of the guide is in ${output}`, {
      hint: "Give the terminal's text from the failing command on, `systemctl status` or the journal of a unit, or what `pnpm e2e` printed.",
    });
  }
  const erratum = erratumOf(id, changes, guess);
  const file = join(dirname(defaultSettings.guide), "errata", `${id}.yaml`);
  try {
    await writeFile(file, stringify(erratum, { lineWidth: 0 }), { flag: "wx" });
  } catch (cause) {
    if (isErrno(cause, "EEXIST"))
      throw new UsageError(`${file} exists already`, {
        cause,
        hint: "An existing erratum is never overwritten: take another id.",
      });
    throw new UsageError(`${file} cannot be written`, { cause, hint: "Check who may write there." });
  }
  return file;
}

const unfinished = "Reported by a reader; say here why it is wrong.";

/** What of an erratum is still to be written by hand, key by key; empty if nothing is. */
export function toComplete({ why, class: kind, symptom, remedy, proof }: Unfinished): string[] {
  if (why.trim() !== unfinished) return [];
  return [
    "`why`: why it is wrong",
    `\`class\`: ${kind} is a guess`,
    ...("step" in symptom && !proof
      ? [
          "`remedy` and `proof`, if the step cannot be repeated, as in fixtures/guide/errata/etcd-certificates-not-copied.yaml",
        ]
      : []),
    ...("probe" in symptom && !remedy?.length ? ["`remedy`, if the corrected steps alone do not help"] : []),
  ];
}

type Unfinished = Pick<Entry, "why" | "class"> & {
  readonly symptom: object;
  readonly remedy?: readonly unknown[];
  readonly proof?: unknown;
};

/** An erratum as its file has it, of the section of the first block that the guides differ in. */
export function erratumOf(id: string, changes: readonly PlainChange[], { step, symptom, remedy }: Guess) {
  const [first] = changes;
  const [written, corrected] = first && "find" in first ? [first.replace, first.find] : ["", ""];
  const block =
    (first && ("step" in first ? first.step : "after" in first ? first.after : first.before)) ?? step;
  return {
    id,
    section: block.split("/")[0],
    class: first && "drop" in first ? "missing-step" : "wrong-value",
    written: written.trim(),
    corrected: corrected.trim(),
    why: unfinished,
    symptom,
    holds_for: { sets: setNames, systems: ["centos7", "debian12"] },
    ...(remedy && { remedy }),
    changes: changes.map((change) => Object.assign({ reason: "As a reader had it." }, change)),
  };
}

const scratch = () => mkdtempDisposable(join(tmpdir(), "guide-new-"));

async function planOfText(text: string) {
  await using folder = await scratch();
  const guide = join(folder.path, "guide/guide.md");
  await mkdir(dirname(guide));
  await writeFile(guide, text);
  await copyFile(join(dirname(defaultSettings.guide), "profile.yaml"), join(dirname(guide), "profile.yaml"));
  const made = { ports: [], machines: machinesWith(loadProfile(defaultSettings.guide)) };
  return await planOf({ ...defaultSettings, guide, made });
}

/** The guide with a unified diff applied to it, whatever the diff calls the file. */
async function patched(text: string, patch: string): Promise<string> {
  const diff = await readText(patch);
  const targets = [...diff.matchAll(/^\+\+\+ ([^\t\n]+)/gm)].map(([, name = ""]) => name);
  const [target = ""] = targets;
  if (targets.length !== 1 || target.split("/").includes("..") || target.startsWith("/")) {
    throw new UsageError(`${patch} is not a patch of one file`, {
      hint: "Make it with `git diff` or `diff -u`.",
    });
  }
  const [strip, name] = target.startsWith("b/") ? [1, target.slice(2)] : [0, target];
  await using folder = await scratch();
  const file = join(folder.path, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  const applied = await $({
    cwd: folder.path,
    nothrow: true,
    quiet: true,
    input: diff,
  })`git apply -p${strip} -`;
  if (applied.exitCode !== 0)
    throw new UsageError(`${patch} does not fit the guide: ${applied.stderr.trim()}`);
  return await readFile(file, "utf8");
}
