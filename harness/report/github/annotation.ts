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

/** Where GitHub's runner reads a line as a command: at its beginning, behind blanks, and in the old form anywhere. */
const commands = /^(\s*)(?=::)|##(?=\[)/gm;

/**
 * Text of a machine or a guide as a workflow's log may have it: what would be a command to GitHub's runner has a sign in it
 * that nobody sees.
 */
export const noCommand = (text: string, env: NodeJS.ProcessEnv = process.env): string =>
  env["GITHUB_ACTIONS"] ? text.replace(commands, "$&\u200B") : text;

const data = (text: string): string =>
  plain(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
