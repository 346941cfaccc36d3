import type { RunRecord } from "../../../record/record.ts";
import { tallyAssists, unproved } from "../../tally.ts";
import { blockCounts, circumstances } from "../../labels.ts";
import { html, type Markup } from "../document/markup.ts";
import { table } from "../parts.ts";

/** What a reader of the verdict should know beside it: help given, what was changed, what was not proved. */
export function notes(record: RunRecord): Markup {
  const { assists, dropped, changed = [], accounting, unitFindings = [] } = record;
  const blocks = (all: typeof dropped): string[][] => all.map(({ id, by, reason }) => [id, reason, by]);
  return html`${[
    note(
      ["Assists", "help that the guide's reader does not get"],
      ["help", "why", "machines", "times"],
      tallyAssists(assists).map(({ id, reason, machines, times }) => [
        id,
        reason,
        machines.join(", "),
        `${times} ×`,
      ]),
    ),
    note(
      ["Not proved", "what these machines cannot show, and tests that were skipped"],
      ["what", "why"],
      unproved(record).map(({ claim, reason }) => [claim, reason]),
    ),
    note(
      ["Units", "that did not stay up after a step started them"],
      ["unit", "step", "state", "said"],
      unitFindings.map(({ unit, machine, step, state, said = "" }) => [
        `${unit} on ${machine}`,
        step,
        state,
        said,
      ]),
    ),
    note(
      ["Left out", "blocks that the guide says not to run, or that a port or an erratum dropped"],
      ["block", "why", "by"],
      blocks(dropped),
    ),
    note(
      ["Changed", "blocks of which a port, an erratum or an edit changed the text"],
      ["block", "why", "by"],
      blocks(changed),
    ),
    note(
      ["Circumstances", ""],
      ["what", "is"],
      [
        ...circumstances(record),
        ...(accounting ? [["blocks", `${accounting.total}: ${blockCounts(accounting)}`]] : []),
        ["run", record.id],
      ],
    ),
  ]}`;
}

const note = (
  [title, about]: readonly [title: string, about: string],
  names: readonly string[],
  rows: readonly (readonly string[])[],
): Markup | false =>
  rows.length > 0 &&
  html`<h2>${title} ${about && html`<small>${about}</small>`}</h2>
    ${table(names, rows)}`;
