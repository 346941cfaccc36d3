import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkGuide } from "../check/index.ts";
import { giveProfile } from "../../profile/testing.ts";
import { temporaryFolder } from "../../testing.ts";

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
