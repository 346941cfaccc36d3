/** A number as docs/guide-grammar.md has it, a blank, and the title. */
const numbered = /^(\d+(?:\.\d+)*)(?:\s+(.*))?$/s;

/** Other ways to number a section: `1.`, `1、`, `1)`, `01.`, `１：`, `1系统`; `一、`. */
const otherwise = /^(\d+(?:\.\d+)*)(?:[.、:)]\s*|(?=\p{Script=Han}))(.*)$/su;
const chinese = /^第?([一二三四五六七八九]?十?[一二三四五六七八九]?)(?:[、.:]|[章节])\s*(.*)$/su;

/** The number and the title of a heading; `isOther` if the number is not in the guide's form. */
export function numberedHeading(
  text: string,
): { readonly number: string; readonly title: string; readonly isOther?: true } | undefined {
  const [, number, title = ""] = numbered.exec(text) ?? [];
  const canonical = number?.replaceAll(/(?<=^|\.)0+(?=\d)/g, "");
  if (number !== undefined && number === canonical) return { number, title };
  const plain = text.normalize("NFKC");
  const [, digits, rest = ""] = numbered.exec(plain) ?? otherwise.exec(plain) ?? [];
  const [, characters = "", tail = ""] = chinese.exec(plain) ?? [];
  const read = digits === undefined ? ofChinese(characters) : digits.replaceAll(/(?<=^|\.)0+(?=\d)/g, "");
  if (read === undefined) return undefined;
  return { number: read, title: digits === undefined ? tail : rest, isOther: true };
}

const value = (one: string): number => "一二三四五六七八九".indexOf(one) + 1;

/** `一` to `九十九` as digits. */
function ofChinese(characters: string): string | undefined {
  if (characters === "") return undefined;
  const [tens = "", ones] = characters.split("十");
  return String(ones === undefined ? value(tens) : (value(tens) || 1) * 10 + (ones === "" ? 0 : value(ones)));
}
