import { basename, dirname, join } from "node:path";
import { namesIn, readIfThere } from "../../../host/files.ts";
import type { RunRecord } from "../../../record/record.ts";
import { count, lastLines } from "../../text.ts";
import type { PageContext, Journal } from "../context.ts";
import { html, type Markup } from "../document/markup.ts";
import { stateOf } from "../../../record/blame.ts";
import { table, codeBox } from "../parts.ts";

/** Each machine with its units at the run's end and what they said; nothing if no machine could be asked. */
export function machines({ units = [] }: RunRecord, { journals, green }: PageContext): Markup | undefined {
  const names = [...new Set([...units, ...journals].map(({ machine }) => machine))].toSorted();
  if (names.length === 0) return undefined;
  return html`<h2>Machines <small>their units at the run's end, and what these said</small></h2>
    <div class="card list">
      ${names.map((name) => {
        const own = units.filter(({ machine }) => machine === name);
        return html`<details class="machine" id="machine/${name}">
          <summary>
            <span>${name}</span>
            <span class="aside soft">${own.length > 0 && count(own.length, "unit")}</span>
          </summary>
          ${
            own.length > 0 &&
            table(
              ["unit", "state"],
              own.map((unit) => [unit.unit, stateOf(unit)]),
            )
          }
          ${journalItems(
            journals.filter(({ machine }) => machine === name),
            green?.record.id,
          )}
        </details>`;
      })}
    </div>`;
}

const journalLines = 150;

/** Journals of a run, without what the units of the run `green` beside it said, too, on whatever machine. */
export async function readJournals(folder: string, green?: string): Promise<Journal[]> {
  const own = await filesIn(folder);
  const before = green === undefined ? [] : await filesIn(join(dirname(folder), green));
  const known = new Map(
    [...Map.groupBy(before, ({ unit }) => unit)].map(([unit, all]) => [
      unit,
      new Set(all.flatMap(({ lines }) => lines.map(kindOf))),
    ]),
  );
  return own.map(({ machine, unit, lines }) => {
    const usual = known.get(unit);
    const unusual = usual ? lines.filter((line) => !usual.has(kindOf(line))) : lines;
    return { machine, unit, lines: unusual, usual: lines.length - unusual.length };
  });
}

async function filesIn(folder: string): Promise<Pick<Journal, "machine" | "unit" | "lines">[]> {
  const names = await namesIn(join(folder, "machines"));
  const found = names.toSorted().map(async (machine) => {
    const files = await namesIn(join(folder, "machines", machine));
    return Promise.all(
      files.toSorted().map(async (file) => {
        const text = (await readIfThere(join(folder, "machines", machine, file))) ?? "";
        const lines = text.split("\n").filter(Boolean);
        return { machine, unit: basename(file, ".log"), lines };
      }),
    );
  });
  return (await Promise.all(found)).flat();
}

/** A line without what differs from run to run: its time and process, numbers, addresses, what is between quotes. */
export const kindOf = (line: string): string =>
  line
    .replace(/^\w{3} \d\d [\d:.]+ \S+ ([^[:\s]+)(?:\[\d+\])?:/u, "$1:")
    .replaceAll(/"(?:[^"\\]|\\.)*"/gu, '""')
    .replaceAll(/[-\w]*\d[-\w.:/]*/gu, "0")
    .replaceAll(/\s+/gu, " ");

/** The journals of a machine, each folded; those that said something of their own first. */
const journalItems = (journals: readonly Journal[], green: string | undefined): Markup =>
  html`${journals
    .toSorted((a, b) => Number(b.lines.length > 0) - Number(a.lines.length > 0))
    .map((journal) => journalItem(journal, green))}`;

const journalItem = ({ machine, unit, lines, usual }: Journal, green: string | undefined): Markup =>
  html`<details class="item" id="journal/${machine}/${unit}">
    <summary>
      <span>${unit}</span>
      <span class="aside soft"
        >${green === undefined ? count(lines.length, "line") : count(lines.length, "new line")}</span
      >
    </summary>
    <div class="body">
      <p class="soft">
        <a href="machines/${encodeURI(`${machine}/${unit}.log`)}">The whole journal</a>${
          usual > 0 &&
          `; ${count(usual, "line")} of kinds that ${green ?? "the last green run"} has, too, left out`
        }
      </p>
      ${lines.length > 0 && codeBox(lastLines(lines.join("\n"), journalLines))}
    </div>
  </details>`;
