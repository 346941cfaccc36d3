import { bare, commands, completionCommand, type LazyCommands, only, scriptNames } from "../harness/index.ts";

const all: LazyCommands = {
  e2e: async () => (await import("./e2e.ts")).e2e,
  suite: async () => (await import("./suite.ts")).suite,
  up: async () => (await import("./up.ts")).up,
  apply: async () => (await import("./apply.ts")).apply,
  nightly: async () => (await import("./nightly.ts")).nightly,
  bench: async () => (await import("./bench.ts")).bench,
  ...commands,
};

/** Every command under one name: without a word, a list of them. */
await only(
  bare("pnpm run", "prove a written guide that installs Kubernetes, step by step")
    .usage("COMMAND [options]")
    .addHelpText(
      "after",
      "\nAlso: `pnpm check` checks the code without running it, `pnpm test` runs the project's own tests.",
    ),
  { ...all, completion: async () => completionCommand(all, scriptNames()) },
);
