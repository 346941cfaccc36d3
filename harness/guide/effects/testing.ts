import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkGuide } from "../check/index.ts";
import { giveProfile, profile } from "../../profile/testing.ts";
import { temporaryFolder } from "../../testing.ts";
import { effectsOfScript } from "./effects.ts";

/** What the check says of a guide whose only block, which begins in line 5, is this script. */
export async function check(script: string) {
  const folder = temporaryFolder();
  await mkdir(join(folder, "guide"));
  await giveProfile(join(folder, "guide"), { kept: false, claims: false });
  const guideFile = join(folder, "guide/guide.md");
  await writeFile(guideFile, `# G\n## 1 A\n\n\`\`\`bash run id=a on=t71\n${script}\n\`\`\`\n`);
  return checkGuide({ guideFile, ports: [], errata: [], extraEdits: [] });
}

/** The same as `line:column rule`. */
export const found = async (script: string): Promise<string[]> =>
  (await check(script)).findings.map(({ rule, location }) => `${location.line}:${location.column} ${rule}`);

/** What a script does on t71, but for the programs that it runs and the words that only look like paths. */
export const told = (script: string, all = false): string[] =>
  effectsOfScript(script, "t71", profile.machines)
    .filter(({ does, sure }) => all || (does !== "runs" && (sure || does !== "reads")))
    .map(
      ({ machine, does, what, sure }) =>
        `${machine === "t71" ? "" : `${machine} `}${does} ${what.replaceAll("\0", "?")}${sure ? "" : " (perhaps)"}`,
    );

/** The same of units, and of what nobody can follow. */
export const units = (script: string): string[] =>
  told(script).filter((text) => /\b(?:starts|stops|enables|disables|asks|unknown)\b/.test(text));
