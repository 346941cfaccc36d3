/** One call of systemctl(1) in a script. */
export type UnitCommand = { readonly verb: string; readonly units: readonly string[]; readonly now: boolean };

/** The calls of systemctl in a text of shell, in its order; a service is named without `.service`. */
export const unitCommands = (text: string): UnitCommand[] =>
  [...text.replaceAll("\\\n", " ").matchAll(/\bsystemctl[ \t]+([^;|&\n]*)/g)].flatMap(([, line = ""]) => {
    const words = line.trim().split(/\s+/);
    const [verb, ...units] = words.filter((word) => /^[a-z][\w@.-]*$/i.test(word));
    if (verb === undefined) return [];
    return [
      { verb, units: units.map((unit) => unit.replace(/\.service$/, "")), now: words.includes("--now") },
    ];
  });

/** Whether a call starts its units, be they up before or not. */
export const starts = ({ verb, now }: UnitCommand): boolean =>
  /^(?:re)?start$|^reload-or-restart$/.test(verb) || (now && /^(?:re)?enable$/.test(verb));

/** Whether a call takes its units down. */
export const stops = ({ verb, now }: UnitCommand): boolean =>
  /^(?:stop|kill)$/.test(verb) || (now && /^(?:disable|mask)$/.test(verb));
