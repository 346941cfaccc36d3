import { assertE2eWords, command, countFor, fromCaller, main, print } from "../harness/index.ts";
import { type Asked, projectNight } from "../harness/rounds/nightly/project.ts";
import { e2e } from "./e2e.ts";

/** The whole run, every night: what earlier nights left is removed, this one is added to the history. */
export const nightly = command(
  "nightly",
  "clean up, run e2e, keep a history with trend and flakes, remove old reports",
)
  .usage("[options] [e2e's options]")
  .option(
    "--history <file>",
    "the history; its page and its marker lie beside it",
    (text) => fromCaller(text),
    "reports/history.json",
  )
  .option(
    "--keep-runs <n>",
    "reports to keep; the newest failures stay in any case",
    countFor("--keep-runs"),
    14,
  )
  .option(
    "--trend <n>",
    "how many earlier green nights the duration is compared with",
    countFor("--trend"),
    7,
  )
  .argument("[e2e-options...]", "all other options are those of `pnpm e2e --help`, except --keep")
  .allowUnknownOption()
  .action(async (e2eOptions: readonly string[], { json, ...asked }: Asked & { json?: boolean }) => {
    assertE2eWords(e2e, e2eOptions, nightly);
    const { exitCode, document, text } = await projectNight(e2eOptions, asked);
    print(json, document, () => text);
    process.exitCode = exitCode;
  });

if (import.meta.main) await main(nightly);
