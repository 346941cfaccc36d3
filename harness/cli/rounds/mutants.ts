import type { Command } from "commander";
import { shortened } from "../../report/text.ts";
import { columns } from "../../rounds/columns.ts";
import { tryMutants } from "../../rounds/mutants/attempt.ts";
import { loadMutants, type Mutant, sectionOf } from "../../rounds/mutants/catalogue.ts";
import { expectedOf, mutants } from "../../rounds/mutants/judge.ts";
import { isOwnGuide } from "../../settings/settings.ts";
import { command, settingsOfRound } from "../command/command.ts";
import { listed, runAndReport, type RoundOptions, withRounds } from "../command/rounds.ts";
import { argument } from "../command/offered.ts";

/** The suites on trial: every mutant must turn its milestone red, and nothing that does not depend on it. */
export const mutantsCommand = (): Command =>
  withRounds(
    command(
      "mutants",
      "break the guide or the cluster on purpose; each time the right milestone must turn red",
    ),
    { list: "list the catalogue: section, id, kind, what must notice, why" },
  )
    .addArgument(argument("[mutant...]", "ids of fixtures/guide/mutants (default: all)", "mutants"))
    .action(async (ids: readonly string[], options: RoundOptions, self: Command) => {
      const chosen = await loadMutants(ids);
      if (await listed(self, chosen, (cases) => columns(cases.map(entry)).join("\n"))) return;
      const settings = await settingsOfRound(options);
      // Some say nothing of all, nor does another guide.
      const whole = ids.length === 0 && isOwnGuide(settings);
      await runAndReport(mutants, tryMutants(chosen), { settings, whole }, options);
    });

const entry = (mutant: Mutant): string[] => [
  sectionOf(mutant),
  mutant.id,
  mutant.kind,
  shortened(expectedOf(mutant), 70),
  shortened(mutant.why.replaceAll(/\s+/g, " "), 100),
];
