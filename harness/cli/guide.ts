import type { Command } from "commander";
import { bare } from "./command/base.ts";
import { addAsked, askedWords } from "./command/lazy.ts";

export const guideCommand = async (): Promise<Command> =>
  addAsked(
    bare("guide", "check and try a change of the guide"),
    {
      check: async () => (await import("./guide/check.ts")).guideCheckCommand(),
      diff: async () => (await import("./guide/diff.ts")).guideDiffCommand(),
      try: async () => (await import("./guide/try.ts")).guideTryCommand(),
      "update-output": async () => (await import("./guide/update-output.ts")).guideUpdateOutputCommand(),
      walk: async () => (await import("./guide/walk/walk.ts")).guideWalkCommand(),
      watch: async () => (await import("./guide/watch.ts")).guideWatchCommand(),
      bisect: async () => (await import("./guide/bisect.ts")).guideBisectCommand(),
      ablate: async () => (await import("./guide/ablate.ts")).guideAblateCommand(),
    },
    askedWords()[1],
  );
