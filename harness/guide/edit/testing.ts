import { z } from "zod";
import { profile } from "../../profile/testing.ts";
import { parseGuide } from "../parse/parse.ts";
import { parseChanges } from "./changes.ts";
import { applyEdits, type EditedGuide, unedited } from "./edit.ts";

/** A guide of three blocks, one with its output. */
export const guide = parseGuide(
  `# Title
## 1 First
\`\`\`bash run id=show on=t71
systemctl enable etcd
systemctl start etcd --now
\`\`\`
\`\`\`text output
etcd is active
\`\`\`
## 2 Second
\`\`\`ini file id=conf on=nodes path=/etc/a.conf
[aaa]
b=1
b=12
\`\`\`
\`\`\`bash run id=last on=all
true
\`\`\`
`,
  "guide.md",
  profile,
);

/** It, or what changes made of it, after those of `yaml`. */
export const edit = (yaml: string, before: EditedGuide = unedited(guide), id = "port"): EditedGuide => {
  const { changes } = parseChanges(`changes:\n${yaml}`, "port.yaml", z.object({}));
  return applyEdits(before, { id, changes }, profile);
};

export const textOf = ({ guide: { blocks } }: EditedGuide, id: string): string | undefined =>
  blocks.find((block) => "id" in block && block.id === id)?.text;
