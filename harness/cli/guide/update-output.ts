import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import chalk from "chalk";
import type { Command } from "commander";
import { align } from "../../guide/edit/compare/align.ts";
import { type Updated, updateOutputs } from "../../guide/output/update.ts";
import { projectRoot } from "../../host/paths.ts";
import { readText } from "../../input/yaml-file.ts";
import { loadProfile } from "../../profile/profile.ts";
import { count, place } from "../../report/text.ts";
import { greenRunsOf, printedIn } from "../../run/evidence/green/same-text.ts";
import { mask } from "../../secrets/forms.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { command, print } from "../command/base.ts";
import { optionFor } from "../command/setting-options.ts";
import { runOf } from "../rounds/report.ts";
import { argument } from "../command/offered.ts";

/** As many green runs are compared: what the last one printed alike, one before may have printed otherwise. */
const most = 5;

type Options = { readonly guide: string; readonly write?: boolean; readonly json?: boolean };

/** `guide update-output`: output blocks as green runs printed them. Nothing is written without `--write`. */
export const guideUpdateOutputCommand = (reports = join(projectRoot, "reports")): Command =>
  command("update-output", "propose output blocks from what green runs printed; --write writes them")
    .addArgument(
      argument(
        "[run]",
        "a green run's id, or a unique part of it (default: the newest of this text)",
        "runs",
      ),
    )
    .addOption(optionFor("guide"))
    .option("--write", "write the guide's file")
    .addHelpText(
      "after",
      `
Examples:
  pnpm guide update-output                         what would be rewritten, by the newest green runs
  pnpm guide update-output --write                 the same, written into the guide
  pnpm guide update-output 20261129T1130           from that run and those before it

A block that fits what was printed stays; without wildcards, it gets the blanks that were printed. In other blocks wildcards
that fit stay, and others are proposed where runs differ. Only green runs count whose steps are those of the guide as it is now.`,
    )
    .action(async (part: string | undefined, { guide, write = false, json }: Options) => {
      const text = await readText(guide);
      const profile = loadProfile(guide);
      const named = part === undefined ? undefined : await runOf(part, reports);
      const runs = await greenRunsOf({ guide, reports }, most, named);
      const ids = runs.map(({ record }) => record.id);
      const updated = updateOutputs(text, { file: guide, profile, hidden: mask, hide }, (block) =>
        printedIn(runs, block),
      );
      const written = write && updated.text !== text;
      if (written) await writeFile(guide, updated.text);
      print(json, { guide, runs: ids, written, blocks: updated.blocks.map(described) }, () => [
        ...updated.blocks.flatMap(shownBlock),
        summary(updated.blocks, ids, written),
      ]);
    });

const hide = (text: string): string => processRedactor.text(text);

const isRewritten = ({ block, text }: Updated): boolean => block.text !== text;

const described = (updated: Updated): object => {
  const { block, text, proposed, left } = updated;
  const state = left === undefined ? (isRewritten(updated) ? "rewritten" : "as printed") : "left";
  const changed = isRewritten(updated) && { before: block.text, after: text, proposed };
  return { step: block.of, location: block.location, state, ...(left !== undefined && { left }), ...changed };
};

function shownBlock(updated: Updated): string[] {
  const { block, text, proposed, left } = updated;
  const name = `${block.of}  ${chalk.dim(place(block.location))}`;
  if (left !== undefined) return [`${chalk.yellow("left")}  ${name}  ${left}`];
  if (!isRewritten(updated)) return [];
  const mark = (line: string): string => (proposed.includes(line) ? chalk.yellow("   (proposed)") : "");
  const had = align(block.text.split("\n"), text.split("\n"), (one, other) => one === other);
  const lines = had.flatMap((stretch) => {
    if (stretch.fits) return [`    ${stretch.one}${mark(stretch.one)}`];
    const gone = stretch.one.map((line) => chalk.red(`  - ${line}`));
    return gone.concat(stretch.other.map((line) => chalk.green(`  + ${line}`) + mark(line)));
  });
  return [name, ...lines];
}

function summary(
  blocks: readonly Updated[],
  [run = "", ...others]: readonly string[],
  written: boolean,
): string {
  const changed = blocks.filter(isRewritten).length;
  const left = blocks.filter((block) => block.left !== undefined).length;
  const from = `${run}${others.length > 0 ? ` and ${count(others.length, "green run")} before it` : ""}`;
  const rest = left > 0 ? `; ${left} left` : "";
  if (changed === 0) return `No output block is to be rewritten by ${from}${rest}.`;
  const what = `${changed} of ${count(blocks.length, "output block")}`;
  return written
    ? `Rewrote ${what} by ${from}${rest}. \`git diff\` shows it; \`pnpm guide try\` proves it.`
    : `${what} would be rewritten by ${from}${rest}; --write writes it.`;
}
