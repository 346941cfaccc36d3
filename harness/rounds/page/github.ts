import { appendFile } from "node:fs/promises";
import type { Writable } from "node:stream";
import { isRed } from "../../record/outcome.ts";
import { caseAnchor, linkTo } from "../../report/anchors.ts";
import { annotation } from "../../report/github/annotation.ts";
import { mostAnnotations } from "../../report/github/github.ts";
import { inline, table } from "../../report/github/markdown.ts";
import { duration, headline } from "../../report/text.ts";
import { type Kind, readingsOf } from "../kind.ts";
import type { Round } from "../records.ts";
import { endOf } from "./page.ts";
import { type Since, sinceLines } from "./since.ts";

/** On GitHub Actions: the round in the summary of the job, and an annotation where each case that is red stands. Elsewhere nothing. */
export async function tellGithub<R>(
  kind: Kind<R>,
  round: Round<R>,
  since: Since,
  { env = process.env, stderr = process.stderr }: { env?: NodeJS.ProcessEnv; stderr?: Writable } = {},
): Promise<void> {
  const summary = env["GITHUB_STEP_SUMMARY"];
  if (!summary) return;
  const red = readingsOf(kind, round).filter(isRed);
  const { title, text } = endOf(kind, round);
  const rows = red.map(({ name, outcome, type = outcome, detail = "" }) => [
    inline(name),
    inline(type),
    inline(headline(detail)),
  ]);
  const changes = sinceLines(since).map((line) => `- ${inline(line)}\n`);
  const parts = [
    `## ${title}\n`,
    `${inline(text)}; ${duration(round.seconds * 1000)}; commit \`${round.about.commit}\`.\n`,
    ...(rows.length > 0 ? [table(["case", "result", "what was seen"], rows)] : []),
    ...(changes.length > 0 ? [changes.join("")] : []),
  ];
  await appendFile(summary, `${parts.join("\n")}\n`);
  for (const { name, outcome, type = outcome, detail = "", place } of red.slice(0, mostAnnotations)) {
    const message = [detail, `${kind.name}.html${linkTo(caseAnchor(name))}`].filter(Boolean).join("\n");
    stderr.write(
      `${annotation("error", { ...(place && { location: place }), title: `${name}: ${type}`, message })}\n`,
    );
  }
}
