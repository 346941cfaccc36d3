import { type Arg, type Call, insideQuote } from "../call.ts";

/** A substitution that begins a script, after its address. */
const substitution = /^(?:\d+|\$|\/(?:[^/\\]|\\.)*\/)?\s*s([^\w\s\\])/;

/** Whether a substitution of sed lacks its end: it has its delimiter three times. */
function isOpen(script: string): boolean {
  const [head = "", delimiter = ""] = substitution.exec(script) ?? [];
  if (delimiter === "") return false;
  const rest = script.slice(head.length).replaceAll(/\\[^]/g, "");
  return rest.split(delimiter).length < 3;
}

/** Scripts that sed is given are read to their end. */
export function checkSed({ args, fault }: Call): void {
  const given = args.flatMap((arg, index): Arg[] =>
    /^(?:-\w*e|--expression)$/.test(args[index - 1]?.text ?? "") ? [arg] : [],
  );
  const first = args.find(({ text }) => !text.startsWith("-"));
  const fromFile = args.some(({ text }) => /^(?:-\w*f|--file\b)/.test(text));
  for (const { text, known, spot } of given.length > 0 || fromFile || !first ? given : [first]) {
    if (!known || !isOpen(text)) continue;
    const at = { ...spot, offset: insideQuote(spot) };
    const hint = "end it with the character behind its s, as in s/old/new/";
    fault("shell/sed", at, "a substitution of sed that is not ended", hint);
  }
}
