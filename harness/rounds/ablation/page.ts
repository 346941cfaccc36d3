import type { Plan } from "../../guide/types.ts";
import { cell, code, table } from "../../report/github/markdown.ts";
import type { Round } from "../records.ts";
import { type Ablation, kinds, type Reason } from "./ablation.ts";

const head = `# What depends on each step

The guide without each of its blocks in turn, and what failed first: a later step, or milestones. Written by
\`pnpm guide ablate --write-docs\` from a whole round; do not edit. \`fixtures/guide/ablation.yaml\` explains the steps on which
nothing depends.
`;

/** docs/ablation.md: all steps in the guide's order, then those on which nothing depends. */
export function ablationPage(
  plan: Plan,
  { about, results: ablations }: Pick<Round<Ablation>, "about" | "results">,
  reasons: readonly Reason[],
): string {
  const { startedAt, provider, artifacts, versions } = about;
  const number = (what: Ablation["missed"]): number =>
    ablations.filter(({ missed }) => missed === what).length;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const nobody = ablations.filter(({ missed }) => missed === "by nobody");
  const elsewhere = plan.dropped
    .filter(({ id }) => !id.endsWith("(output)"))
    .map(({ id, by }) => `\`${id}\` (port ${by})`);
  return [
    head,
    `${startedAt.slice(0, "2019-04-01".length)}, machines of ${provider}, artifact set ${artifacts} (${names.join(", ")}). Of ${ablations.length} blocks ${number("by a step")} are needed by a later step, ${number("by milestones")} by milestones, ${number("by nobody")} by nothing${number("not judged") > 0 ? `; ${number("not judged")} could not be judged` : ""}.\n`,
    ...(elsewhere.length === 0
      ? []
      : [`Not run on these machines, so not left out: ${elsewhere.join(", ")}.\n`]),
    table(["step", "needed by", "which says"], ablations.map(row)),
    "## Steps on which nothing depends\n",
    "Each was left out twice, the second time on new machines.\n",
    table(
      ["step", "what it is", "why"],
      nobody.map(({ step }) => {
        const reason = reasons.find((one) => one.step === step);
        return [
          `\`${step}\``,
          reason ? kinds[reason.kind] : "not yet examined",
          cell(reason?.why ?? "", 400),
        ];
      }),
    ),
  ].join("\n");
}

function row({ step, missed, red, message = "" }: Ablation): string[] {
  const who = [...new Set(red.map(({ what }) => what.replace(/@.*/, "")))].join(", ");
  // A test says in its name what does not hold; a step has only its message.
  const says = red[0]?.test ?? red[0]?.message ?? message;
  return [`\`${step}\``, missed === "by nobody" ? "**nothing**" : who || missed, code(says, 120)];
}
