import type { Command } from "commander";
import { mergeRounds } from "../../rounds/merge.ts";
import { bare, command } from "../command/base.ts";
import { say, tell } from "../command/rounds.ts";

/** `report`: what several runs came to, as one. */
export const reportCommand = (): Command =>
  bare("report", "join reports").addCommand(
    command("merge", "join the records of a round's shards into one report, score and JUnit file in reports/")
      .argument("<dir...>", "folders with what each shard left in reports/, or its NAME.jsonl")
      .addHelpText(
        "after",
        `
The shards are those of one round: one command, one commit, each --shard I/N of the same N, all finished. What lacks, is there
twice or is of another round is an error. The exit code is that of the whole round.`,
      )
      .action(async (paths: readonly string[], { json }: { json?: boolean }) => {
        const { kind, round } = await mergeRounds(paths, say);
        await tell(kind, round, json);
      }),
  );
