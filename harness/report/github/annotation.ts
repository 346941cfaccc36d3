import type { SourceLocation } from "../../errors.ts";
import { shortPath } from "../../host/paths.ts";
import { plain } from "../text.ts";

/** A workflow command that annotates a line: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function annotation(
  level: "error" | "warning",
  { location, title, message }: { location?: SourceLocation; title: string; message: string },
): string {
  const place = location
    ? [
        `file=${property(shortPath(location.file))}`,
        `line=${location.line}`,
        ...(location.column === undefined ? [] : [`col=${location.column}`]),
      ]
    : [];
  return `::${level} ${[...place, `title=${property(title)}`].join(",")}::${data(message)}`;
}

const data = (text: string): string =>
  plain(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
