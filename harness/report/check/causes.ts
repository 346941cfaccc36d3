import type { CheckFinding } from "../../guide/check/index.ts";
import { place } from "../text.ts";

/** A line for each change that may have caused a finding. */
export const causeLines = (causes: CheckFinding["causes"] = []): string[] =>
  causes.map(({ id, kind, location, lines }) => {
    const where = kind === "removed" ? "" : ` at ${place(location)}`;
    return `since HEAD ${id} was ${kind}${where}${lines.length > 0 ? `: ${lines.join("; ")}` : ""}`;
  });
