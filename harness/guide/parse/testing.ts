import * as fc from "fast-check";
import { join } from "node:path";
import { expect } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { readText } from "../../input/yaml-file.ts";

/** Measures the CPU time of some work, in seconds. */
class CpuTimes {
  most = 0;

  readonly of = async <T>(work: () => T): Promise<Awaited<T>> => {
    const before = process.cpuUsage().user;
    const result = await work();
    this.most = Math.max(this.most, (process.cpuUsage().user - before) / 1e6);
    return result;
  };
}

/** What holds of any text; it measures its work, and says what it has counted. */
export type Property = (text: string, timed: CpuTimes["of"]) => Promise<Readonly<Record<string, number>>>;

/**
 * Tries a property with mutants of the guide: a few, or GUIDE_FUZZ of them, which is told with the seed (GUIDE_SEED), the sums of
 * what the property counts, and the longest time. None takes longer than two seconds, or on a slow processor ten times what the
 * same work takes on the guide itself.
 */
export async function tryMutants(
  few: number,
  ofGuide: () => unknown,
  property: Property,
  texts: fc.Arbitrary<string> = mutant,
): Promise<void> {
  const asked = process.env["GUIDE_FUZZ"];
  const seed = Number(process.env["GUIDE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const sums: Record<string, number> = { mutants: 0 };
  const [times, ofItself] = [new CpuTimes(), new CpuTimes()];
  const tried = fc.asyncProperty(texts, async (text) => {
    for (const [name, count] of Object.entries({ mutants: 1, ...(await property(text, times.of)) }))
      sums[name] = (sums[name] ?? 0) + count;
  });
  await fc.assert(tried, { numRuns: Number(asked ?? few), seed, endOnFailure: true });
  if (asked !== undefined)
    process.stdout.write(`${JSON.stringify({ seed, ...sums, slowestSeconds: times.most })}\n`);
  // The first time is the compiler's, too.
  await ofGuide();
  await ofItself.of(ofGuide);
  expect(times.most).toBeLessThan(Math.max(2, 10 * ofItself.most));
}

/** The project's guide, whose parts the mutants are. */
export const guide = await readText(join(projectRoot, "fixtures/guide/guide.md"));
const lines = guide.split("\n");

const inserted = `\`\`\`
~~~
\`\`\`\`
<div>
<!--
-->
!!! note
>\x20
1. a
- a

    x
\`\`\`bash run id=new on=t71
~~~bash run id=other on=all
\`\`\`bash run tty id=asking on=t71
\`\`\`text answers
Text \`\`\`text skip reason=a
$ ls
bash run id=a on=t71
## 一、准备
### 9. A
cat <<EOF
EOF\x20
| a |`;

/** One change of a text, as an editor, a web page or a broken disk makes it. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant("drop"), at: fc.nat(), by: fc.nat(3) }),
  fc.record({ kind: fc.constant("double"), at: fc.nat(), by: fc.nat(60) }),
  fc.record({
    kind: fc.constant("insert"),
    at: fc.nat(),
    by: fc.constantFrom(..."\0 \r \u2028".split(" "), ...inserted.split("\n")),
  }),
  fc.record({
    kind: fc.constant("prefix"),
    at: fc.nat(),
    by: fc.constantFrom("    ", "\t", "> ", "- ", "  ", "\u00A0", "\u200B", "#", "        ", "\\", "> > - "),
    count: fc.nat(40),
  }),
  fc.record({
    kind: fc.constant("character"),
    at: fc.nat(),
    by: fc.oneof(
      fc.constantFrom("`", "~", "\r", "\n", "\0", "\u001B]0;t\u0007", "\uFEFF", "“", "：", "{{", '"', "\\"),
      // Strings of fast-check begin with a second of counting all code points.
      fc.array(fc.nat(0x10_ff_ff), { maxLength: 3 }).map((codes) => String.fromCodePoint(...codes)),
    ),
    remove: fc.nat(2),
  }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

function mutate(text: string, change: Mutation): string {
  if ("remove" in change) {
    const at = change.at % (text.length + 1);
    return text.slice(0, at) + change.by + text.slice(at + change.remove);
  }
  const all = text.split("\n");
  const at = change.at % all.length;
  if ("count" in change) {
    return all.map((line, i) => (i >= at && i <= at + change.count ? change.by + line : line)).join("\n");
  }
  const { kind, by } = change;
  if (typeof by === "string") return all.toSpliced(at, 0, by).join("\n");
  return (kind === "drop" ? all.toSpliced(at, by) : all.toSpliced(at, 0, ...all.slice(at, at + by))).join(
    "\n",
  );
}

/** A guide of some parts of the project's, with up to six changes. */
const mutant = fc
  .tuple(fc.nat(lines.length), fc.integer({ min: 20, max: 300 }), fc.array(mutation, { maxLength: 6 }))
  .map(([from, length, changes]) =>
    changes.reduce(mutate, ["# T", "## 1 A", ...lines.slice(from, from + length)].join("\n")),
  );

/** Whether each line of the guide is of a block's text. */
const isInside = lines.reduce<{ readonly all: boolean[]; readonly open: boolean }>(
  ({ all, open }, line) => {
    const isFence = line.startsWith("```");
    all.push(open && !isFence);
    return { all, open: open !== isFence };
  },
  { all: [], open: false },
).all;
const headings = lines.flatMap((line, index) => (line.startsWith("##") ? [index] : []));

const slippedIn = `cat <<EOF
EOF
fi
for a in 1 2; do
done
cd /nowhere
systemctl stop docker
systemctl start kubelet &
rm -rf /k8s
export PATH=/k8s
[Service]`;

/** One slip in a line of a block, which leaves the block one. */
const slip = fc.record({
  at: fc.nat(),
  column: fc.nat(200),
  remove: fc.nat(2),
  by: fc.oneof(
    fc.constantFrom("", "$(", "&&", ...` \\'"$){}|&;<>=#/-,:*`.split("")),
    fc.constantFrom(...slippedIn.split("\n").map((line) => `\n${line}\n`)),
    fc.string({ maxLength: 3 }),
  ),
});

/** Sections of the guide with slips in their blocks: a guide, whatever is written in it. */
const slipped = fc
  .tuple(fc.nat(headings.length - 1), fc.integer({ min: 1, max: 30 }), fc.array(slip, { maxLength: 6 }))
  .map(([from, count, slips]) => {
    const [start, end] = [headings[from] ?? 0, headings[from + count] ?? lines.length];
    const text = lines.slice(start, end);
    const inside = text.flatMap((_, index) => (isInside[start + index] ? [index] : []));
    for (const { at, column, remove, by } of inside.length > 0 ? slips : []) {
      const index = inside[at % inside.length] ?? 0;
      const line = text[index] ?? "";
      const place = column % (line.length + 1);
      text[index] = line.slice(0, place) + by + line.slice(place + remove);
    }
    return ["# T", "", ...text].join("\n");
  });

/** Texts of which hardly one is a guide, and as many that are. */
export const anyGuide = fc.oneof(mutant, slipped);
