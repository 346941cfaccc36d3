import { valuedOption } from "../guide/check/files/systemd-words.ts";
import type { UnitCall } from "../guide/types.ts";

/** One call of systemctl(1) in a script, on the machine itself. */
export type UnitCommand = Omit<UnitCall, "machine">;

/** The calls of systemctl in a text of shell, in its order; a service is named without `.service`. */
export const unitCommands = (text: string): UnitCommand[] =>
  [...plain(text).matchAll(/(\bssh[ \t][^;|&()\n]*)?\bsystemctl[ \t]+([^;|&()\n]*)/g)].flatMap((call) => {
    const [, elsewhere, line = ""] = call;
    const words = line.trim().split(/\s+/);
    if (elsewhere !== undefined || words.some((word) => /^(?:-[HM]|--(?:host|machine)\b)/.test(word)))
      return [];
    const [verb, ...units] = words.filter(
      (word, index) => /^[a-z][\w@.-]*$/i.test(word) && !valuedOption.test(words[index - 1] ?? ""),
    );
    if (verb === undefined) return [];
    return [
      { verb, units: units.map((unit) => unit.replace(/\.service$/, "")), now: words.includes("--now") },
    ];
  });

/** The text in one line a command, without quotes, and with `service NAME VERB` as systemctl has it. */
const plain = (text: string): string =>
  text
    .replaceAll("\\\n", " ")
    .replaceAll(/["']/g, "")
    .replaceAll(/(^|[\s;&|(])service[ \t]+([\w@.-]+)[ \t]+((?:re)?start|stop)\b/g, "$1systemctl $3 $2");

/** Whether a call starts its units, be they up before or not. */
export const starts = ({ verb, now }: UnitCommand): boolean =>
  /^(?:re|try-re|condre)?start$|^reload-or-restart$/.test(verb) || (now && /^(?:re)?enable$/.test(verb));

/** Whether a call takes its units down. */
export const stops = ({ verb, now }: UnitCommand): boolean =>
  /^(?:stop|kill)$/.test(verb) || (now && /^(?:disable|mask)$/.test(verb));
