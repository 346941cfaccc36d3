import type { Command } from "commander";
import chalk from "chalk";
import { setFor } from "../../artifacts/index.ts";
import type { Checked } from "../../artifacts/set.ts";
import { setNames } from "../../choices.ts";
import { ArtifactError, exitCodes } from "../../errors.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { command, describeError, print } from "../command/command.ts";
import { guideOption, withSet } from "./options.ts";

/** `artifacts verify`: hashes a set, or all. Exit 3 if something is damaged. */
export function verifyCommand(): Command {
  const target = command("verify", "hash everything in the cache again");
  return withSet(target.addOption(guideOption()), "all").action(async (options) => {
    const names: readonly string[] = options.artifacts === undefined ? setNames : [options.artifacts];
    const all: { readonly name: string; readonly checked: readonly Checked[] }[] = [];
    for (const name of names) {
      const set = await setFor({ ...options, artifacts: name });
      all.push({ name, checked: await set.verify() });
    }
    // What several sets share is told once.
    const each = all.flatMap((one) =>
      one.checked.map((part) => [`${part.folder} ${part.name}`, part] as const),
    );
    const checked = [...new Map(each).values()];
    const damaged = checked.filter(({ damage }) => damage !== undefined);
    print(options.json, { sets: names, checked, damaged: damaged.length }, () => [
      ...checked.map(({ name, damage }) =>
        damage === undefined
          ? `${chalk.green("whole   ")}  ${name}`
          : `${chalk.red("damaged ")}  ${name}: ${damage}`,
      ),
      ...all.map(
        (one) => one.checked.length === 0 && chalk.yellow(`nothing of the set ${one.name} is in the cache`),
      ),
      `${checked.length} checked, ${damaged.length} damaged`,
    ]);
    if (damaged.length === 0) return;
    if (!options.json) {
      const message = `Damaged in the cache: ${damaged.map(({ folder }) => folder).join(", ")}`;
      const guide = options.guide === defaultSettings.guide ? "" : ` --guide ${options.guide}`;
      const lacking = all.filter((one) => one.checked.some(({ damage }) => damage !== undefined));
      const fetches = lacking.map(({ name }) => `\`pnpm artifacts fetch --artifacts ${name}${guide}\``);
      const orImport = lacking.some(({ name }) => name === "upstream") ? " or an import" : "";
      const hint = `${fetches.join(" and ")}${orImport} replaces them.`;
      process.stderr.write(`${describeError(new ArtifactError(message, { hint }))}\n`);
    }
    process.exitCode = exitCodes.artifact;
  });
}
