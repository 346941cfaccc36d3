import type { Command } from "commander";
import { artifactSet } from "../artifacts/index.ts";
import { noted } from "./note.ts";
import { command, print, settingsOf, withSettings } from "./command.ts";

/** `artifacts`: builds or verifies the artifact set, and lists it. */
export function artifactsCommand(): Command {
  return withSettings(command("artifacts", "build or verify the artifact set and list its files")).action(
    async (options) => {
      const set = artifactSet(settingsOf(options).artifacts);
      const prepared = await set.prepare(noted);
      print(options.json, { set: set.name, versions: set.versions, ...prepared }, () =>
        [
          `${set.name}: ${Object.entries(set.versions)
            .map(([name, version]) => `${name} ${version}`)
            .join(", ")}`,
          ...prepared.files.map(
            ({ name, sha256, bytes }) => `${sha256}  ${String(bytes).padStart(10)}  ${name}`,
          ),
          prepared.folder,
        ].join("\n"),
      );
    },
  );
}
