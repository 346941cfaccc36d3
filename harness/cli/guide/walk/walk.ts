import type { Command } from "commander";
import { UsageError } from "../../../errors.ts";
import { parseGuide } from "../../../guide/parse/parse.ts";
import { readText } from "../../../input/yaml-file.ts";
import { loadProfile } from "../../../profile/profile.ts";
import { consoleReporter } from "../../../report/console/console.ts";
import { selectGroups } from "../../../run/apply/apply.ts";
import { assertFree, assertPart } from "../../requests/requests.ts";
import { workflow } from "../../command/workflow.ts";
import { Keys } from "./keys.ts";
import { proseOf } from "./prose.ts";
import { keyLines, TerminalReader } from "./reader.ts";
import { Walk } from "../../../run/walk/walk.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import { stepOption } from "../../command/offered.ts";

type Options = { readonly from?: string; readonly keep?: boolean; readonly json?: boolean };

/** `guide walk`: the guide as its reader goes through it, on machines, a block for each key. */
export function guideWalkCommand(): Command {
  let screen: ReturnType<typeof consoleReporter> | undefined;
  return workflow<Options>({
    name: "walk",
    description:
      "go through the guide as its reader does, on machines: each block is shown, and a key runs it",
    examples: {
      "pnpm guide walk": "from the first line, on new machines",
      "pnpm guide walk --from 4.2.5/start-network":
        "from a step; what comes before is done without a question",
      "pnpm guide walk --keep": "the same, and the machines stay for `pnpm shell` and `pnpm suite`",
    },
    clusterHelp: "one of its own; main with --keep",
    cluster: ({ keep }) => (keep ? undefined : `walk-${process.pid}`),
    define: (command) =>
      command
        .addOption(
          stepOption(
            "--from <step>",
            "the first step to be shown, such as 2.4.4/start-etcd; the machines start from the newest checkpoint before it",
          ),
        )
        .option("--keep", "leave the machines running at the end; `pnpm shell` and `pnpm down` reach them")
        .addHelpText("after", ["", "Keys:", ...keyLines].join("\n"))
        .hook("preAction", (self) => assertTerminal(self.opts<Options>())),
    assert: async (settings, { from, keep = false }) => {
      if (keep) await assertFree(settings);
      if (from !== undefined) await assertPart(settings, { from });
    },
    console: ({ json = false }) => (screen = consoleReporter({ json, loudness: "walked" })),
    body: async (run, { from, json = false }) => {
      const { settings, context } = run;
      const plan = await run.plan();
      await run.request({ plan });
      await run.assertPossible(plan);
      const text = await readText(settings.guide);
      const written = parseGuide(text, settings.guide, loadProfile(settings.guide));
      const before = plan.groups.length - selectGroups(plan, from === undefined ? {} : { from }).length;
      const asFarAs = { ...plan, groups: plan.groups.slice(0, before) };
      await run.up(await run.prepare(), before > 0 ? { resume: true, asFarAs } : {});
      if (!screen) return;
      using keys = new Keys(process.stdin);
      const columns = (): number => terminalOf(json).columns;
      const prose = proseOf(text, written, plan);
      const reader = new TerminalReader({ keys, screen, prose, redactor: processRedactor, context, columns });
      await new Walk(run, plan, reader, from).goes();
    },
    keep: ({ keep }) => (keep ? "always" : "never"),
  });
}

/** Where a person reads: with `--json` standard output is the record's. */
const terminalOf = (json: boolean) => (json ? process.stderr : process.stdout);

/** UsageError without a person who reads and presses keys. */
function assertTerminal({ json = false }: Options): void {
  if (process.stdin.isTTY && terminalOf(json).isTTY) return;
  throw new UsageError("A walk needs a terminal, because it waits for keys", {
    hint: "Run it in a terminal, over SSH with `ssh -t`. `pnpm e2e` and `pnpm apply` need no terminal.",
  });
}
