import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Command, Option } from "commander";
import { exitCodes, UsageError } from "../../errors.ts";
import { portsFor } from "../../guide/edit/ports.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { errataFor } from "../command/as-written.ts";
import { command } from "../command/base.ts";
import { configured } from "../command/configured.ts";
import { optionFor } from "../command/setting-options.ts";

const formats = ["text", "json", "sarif", "github"] as const;
type Format = (typeof formats)[number];

type CheckOptions = {
  readonly guide: string;
  readonly asWritten: readonly string[];
  readonly edits: readonly string[];
  readonly provider?: string;
  readonly artifacts?: string;
  readonly format: Format;
  readonly json?: boolean;
  readonly kept: boolean;
};

/** `guide check`: all that can be said of the guide without a machine. Exit 2 if a finding is an error. */
export function guideCheckCommand(): Command {
  const made = command("check", "find what is wrong with the guide, without a machine; exit 2 for an error");
  return configured(made)
    .addOption(optionFor("guide"))
    .addOption(optionFor("errata"))
    .addOption(optionFor("edits"))
    .addOption(new Option("--provider <name>", "check the text that these machines get, with their ports"))
    .addOption(optionFor("artifacts", "check the text for this artifact set, with its ports"))
    .addOption(new Option("--format <name>", "how to print it").choices(formats).default("text"))
    .option(
      "--no-kept",
      "leave out findings that the guide keeps on purpose: some readers of SARIF show suppressed ones",
    )
    .action(async (options: CheckOptions, self: Command) => {
      if (options.json && self.getOptionValueSource("format") === "cli" && options.format !== "json") {
        throw new UsageError(`--json and --format ${options.format} contradict each other`, {
          hint: "Leave one of them out.",
        });
      }
      const started = performance.now();
      // Loaded here, so that other commands of the group do not wait for it.
      const { checkGuide, rules } = await import("../../guide/check/index.ts");
      const input = {
        guideFile: options.guide,
        ports: portsFor(options.guide, await portsOf(options)),
        errata: await errataFor(options.asWritten, options.guide),
        extraEdits: options.edits,
      };
      await assertListReads(options.guide);
      const checked = await checkGuide(input);
      // A clean guide does not wait for what tells two guides apart.
      const isClean = checked.findings.length === 0;
      const found = isClean ? checked : await (await import("./causes.ts")).withCauses(checked, input);
      const report = options.kept ? found : { ...found, kept: [] };
      const { printCheck } = await import("../../report/check/check.ts");
      const format = options.json ? "json" : options.format;
      process.stdout.write(
        printCheck(processRedactor.value(report), rules, format, performance.now() - started),
      );
      if (report.findings.some(({ level }) => level === "error")) process.exitCode = exitCodes.usage;
    });
}

/** InvalidFileError for what `artifacts.yaml` beside a guide lists and no run could take. */
async function assertListReads(guide: string): Promise<void> {
  const file = join(dirname(guide), "artifacts.yaml");
  // Most guides have none, and need not wait for its reader.
  if (!existsSync(file)) return;
  const { loadFurther } = await import("../../artifacts/further/files.ts");
  await loadFurther(file);
}

/** The ports of the machines and the binaries that are asked for; without either, the guide's own text is checked. */
async function portsOf({ provider, artifacts }: CheckOptions): Promise<readonly string[]> {
  const machines =
    provider === undefined ? undefined : (await import("../../machines/index.ts")).provider({ provider });
  if (machines?.borrowed) {
    const hint =
      "check with the provider whose system the hosts have: nspawn for Debian 12, vagrant for CentOS 7";
    throw new UsageError(`The hosts of an ${machines.name} are not looked at here`, { hint });
  }
  return [
    ...(machines?.ports ?? []),
    ...(artifacts === undefined
      ? []
      : (await import("../../artifacts/index.ts")).artifactSet(artifacts).ports),
  ];
}
