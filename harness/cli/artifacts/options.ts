import type { Command, Option } from "commander";
import { setNames } from "../../choices.ts";
import { goOffline } from "../../host/offline.ts";
import { configured, mayAnswer } from "../command/configured.ts";
import { optionFor } from "../command/setting-options.ts";

/** The set that is meant where nobody names one. */
export const usualSet = "upstream";

/** What is told where a download or a build is broken off. */
export const goesOn = "Complete files are kept; the next call continues where this one stopped.";

/** For what is asked of a set; a file of settings may name it, too. */
export const withSet = (target: Command, usual: string): Command => {
  const option = optionFor("artifacts", `which set: ${setNames.join(", ")} (default: ${usual})`);
  return configured(target.addOption(mayAnswer(option, "artifacts")));
};

/** For what is asked of a set that can be carried. */
export const withPortable = (target: Command): Command =>
  target.addOption(
    optionFor(
      "artifacts",
      "which set; only upstream can be carried, the others are built on each host",
    ).default(usualSet),
  );

/** For what is asked of a set as it serves a guide. */
export const guideOption = (): Option =>
  optionFor("guide", "include the files that artifacts.yaml beside this guide lists");

/** For what may download or build. */
export const fetching = (target: Command): Command =>
  target
    .addOption(optionFor("offline"))
    .addOption(optionFor("timeoutFactor"))
    .hook("preAction", () => {
      if (target.opts()["offline"] === true) goOffline();
    });
