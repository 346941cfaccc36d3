import { chalk } from "zx";
import { command, main, print, settingsOf, UsageError, withSettings } from "../harness/index.ts";
import { type Entry, loadEntries } from "./repro/catalogue.ts";
import { type Result, reproduceOne } from "./repro/one.ts";
import { loadProofs, proofsOf, saveProofs, withProof } from "./repro/proved.ts";
import { list } from "./repro/table.ts";

type Options = Parameters<typeof settingsOf>[0] & {
  readonly list?: boolean;
  readonly fix?: boolean;
  readonly fresh?: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly writeDocs?: boolean;
};

/** Install bugs by name: the guide with one defect back in, and what a reader then sees. */
const repro = withSettings(command("repro", "reproduce an install bug of the catalogue, live"))
  .argument("[id...]", "ids of fixtures/errata and fixtures/mistakes")
  .option("--list", "list the catalogue: section, id, class, symptom, when it was proved")
  .option("--fix", "go on with the correction, and see the step or milestone turn green")
  .option("--fresh", "do not start from checkpoints")
  .option("--keep", "leave the machines running; `pnpm shell` and `pnpm down` reach them")
  .option("--write-docs", "keep the proof in fixtures/errata/proved.json")
  .action(async (ids: readonly string[], options: Options) => {
    const entries = await loadEntries(ids);
    if (options.list) {
      const proofs = await loadProofs();
      const rows = entries.map((entry) => ({ ...entry, proofs: proofsOf(entry, proofs) }));
      print(options.json, rows, () => list(rows));
      return;
    }
    const [entry] = entries;
    if (!entry || ids.length === 0) {
      throw new UsageError("Name the install bug to reproduce", {
        hint: "`pnpm repro --list` shows them all.",
      });
    }
    const { settings } = await settingsOf(options);
    const { fix = false, fresh = false, keep = false, json = false } = options;
    const result = await reproduceOne(entry, settings, { fix, fresh, keep, json });
    const { proof } = result;
    if (options.writeDocs && proof) await saveProofs(withProof(await loadProofs(), entry.id, proof));
    print(json, result, () => screen(entry, result, settings.cluster, keep));
    process.exitCode = result.exitCode;
  });
repro.setOptionValueWithSource("cluster", `repro-${process.pid}`, "default");
await main(repro);

function screen(entry: Entry, result: Result, cluster: string, keep: boolean): string {
  const { outcome, expected, seen, fixed, seconds } = result;
  const colour = outcome === "reproduced" ? chalk.green : outcome === "not here" ? chalk.yellow : chalk.red;
  return [
    `${colour(outcome)}  ${entry.id} (${entry.section}, ${entry.class}), ${seconds.toFixed(0)} s`,
    ...(expected === undefined ? [] : [`expected  ${expected}`]),
    `seen      ${seen}`,
    ...(fixed === undefined
      ? []
      : [`corrected ${fixed === "green" ? chalk.green(fixed) : chalk.red(fixed)}`]),
    ...(keep ? [`next      pnpm shell t71 --cluster ${cluster}; pnpm down --cluster ${cluster}`] : []),
  ].join("\n");
}
