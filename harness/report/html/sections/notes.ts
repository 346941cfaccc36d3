import type { RunRecord } from "../../../record/record.ts";
import { tallyAssists, unproved } from "../../tally.ts";
import { blockCounts, circumstances } from "../../labels.ts";
import { html, type Markup } from "../document/markup.ts";
import { table } from "../parts.ts";

/** What a reader of the verdict should know beside it: help given, what was changed, what was not proved. */
export function notes(record: RunRecord): Markup {
  const { assists, dropped, changed = [], accounting, unitFindings = [] } = record;
  const open = unproved(record);
  const kinds = tallyAssists(assists);
  return html`${
      kinds.length > 0 &&
      html`<h2>Assists <small>help that the guide's reader does not get</small></h2>
        ${table(
          ["help", "why", "machines", "times"],
          kinds.map(({ id, reason, machines, times }) => [id, reason, machines.join(", "), `${times} ×`]),
        )}`
    }
    ${
      open.length > 0 &&
      html`<h2>Not proved <small>what these machines cannot show, and tests that were skipped</small></h2>
        ${table(
          ["what", "why"],
          open.map(({ claim, reason }) => [claim, reason]),
        )}`
    }
    ${
      unitFindings.length > 0 &&
      html`<h2>Units <small>that did not stay up after a step started them</small></h2>
        ${table(
          ["unit", "step", "state", "said"],
          unitFindings.map(({ unit, machine, step, state, said = "" }) => [
            `${unit} on ${machine}`,
            step,
            state,
            said,
          ]),
        )}`
    }
    ${
      dropped.length > 0 &&
      html`<h2>
          Left out <small>blocks that the guide says not to run, or that a port or an erratum dropped</small>
        </h2>
        ${table(
          ["block", "why", "by"],
          dropped.map(({ id, by, reason }) => [id, reason, by]),
        )}`
    }
    ${
      changed.length > 0 &&
      html`<h2>Changed <small>blocks of which a port, an erratum or an edit changed the text</small></h2>
        ${table(
          ["block", "why", "by"],
          changed.map(({ id, by, reason }) => [id, reason, by]),
        )}`
    }
    <h2>Circumstances</h2>
    ${table(
      ["what", "is"],
      [
        ...circumstances(record),
        ...(accounting ? [["blocks", `${accounting.total}: ${blockCounts(accounting)}`]] : []),
        ["run", record.id],
      ],
    )}`;
}
