import { Deadlines } from "../../deadlines.ts";
import { HarnessDefect } from "../../errors.ts";
import { holdCluster } from "../../machines/ledger/cluster-lock.ts";
import { shellQuote } from "../../machines/ssh/quote.ts";
import { sh } from "../../machines/ssh/sh.ts";
import type { RunRecord } from "../../record/record.ts";
import { quietReporters } from "../../report/index.ts";
import { down, optionsOf, recordOf } from "../pool/children.ts";
import { type OpenCluster, openCluster } from "../../run/cluster/open.ts";
import { withRun } from "../../run/workflow.ts";
import { settingsFor } from "../../settings/settings.ts";
import type { Place } from "../kind.ts";
import { notGreen } from "../red.ts";

export class FaultCluster {
  readonly #place: Place;
  #open: OpenCluster | undefined;
  #held: AsyncDisposable | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /**
   * The guide's end from its last checkpoint, and the suites green: what is red later is the faults' doing. The
   * infrastructure is given a second chance.
   */
  async up(tries = 2): Promise<void> {
    const { settings, signal } = this.#place;
    const record = await recordOf("e2e", ["--resume", "--keep", ...optionsOf(settings)], signal);
    if (record.verdict === "passed") {
      // Between two runs of the suites, too, nobody else is to use it.
      this.#held = await holdCluster(settings.cluster);
      this.#open = await openCluster(settings.cluster, {
        signal,
        deadlines: new Deadlines(settings.timeoutFactor),
      });
      return;
    }
    await this.down();
    if (record.verdict === "infrastructure" && tries > 1) return this.up(tries - 1);
    throw notGreen("Without a fault", record, "mutants");
  }

  /** Runs a script as root; HarnessDefect if it does not exit with 0. */
  async script(machine: string, text: string): Promise<void> {
    // Not on standard input, which `ssh` in a script would eat.
    const command = sh`bash -lec ${shellQuote(text)}`;
    const cluster = this.#cluster();
    const deadline = new Deadlines(cluster.state.settings.timeoutFactor).for("script");
    const result = await cluster.connection(machine).exec(command, { deadline });
    if (result.exitCode === 0 && !result.timedOut) return;
    throw new HarnessDefect(`A mutant's script failed on ${machine}`, {
      machine,
      command: text,
      exitCode: result.exitCode,
      outputTail: `${result.stdout}${result.stderr}`.slice(-2000),
    });
  }

  /** `pnpm suite all`, in this process: the start of another is a twentieth of the whole. */
  async suites(): Promise<RunRecord> {
    const { settings, signal } = this.#place;
    const record = await withRun({
      command: "suite",
      settings: settingsFor(settings, this.#cluster().state, new Set()),
      reporters: quietReporters(),
      body: async (run) => {
        await run.plan();
        await run.request({ suites: ["all"] });
        await run.suites(["all"]);
      },
    });
    signal.throwIfAborted();
    return record;
  }

  #cluster(): OpenCluster {
    if (this.#open) return this.#open;
    throw new HarnessDefect("The machines for faults are not up");
  }

  async renew(): Promise<void> {
    await this.down();
    await this.up();
  }

  async down(): Promise<void> {
    await this.#open?.close();
    this.#open = undefined;
    await this.#held?.[Symbol.asyncDispose]();
    this.#held = undefined;
    await down(this.#place.settings);
  }
}
