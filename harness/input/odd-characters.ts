/** A character that is not what it looks like; `index` counts the text's. */
export type OddCharacter = {
  readonly index: number;
  readonly text: string;
  /** As in `U+200B zero-width space`. */
  readonly name: string;
  /** What is written in its place; empty if nothing is. */
  readonly plain: string;
  /** Whether it is another character than the plain one to whoever looks at it closely. */
  readonly visible: boolean;
};

/** Of each kind: what is written in its place, whether a person sees the character, and all of it by number and name. */
const kinds: readonly (readonly [plain: string, visible: boolean, names: string])[] = [
  [
    "",
    false,
    `0000 NUL, 0007 bell, 0008 backspace, 000D carriage return, 001B escape, 007F delete,
    009B control sequence introducer, FFFD a byte that is no UTF-8, or NUL`,
  ],
  [
    "",
    false,
    `00AD soft hyphen, 034F combining grapheme joiner, 061C Arabic letter mark, 180E Mongolian vowel separator,
    200B zero-width space, 200C zero-width non-joiner, 200D zero-width joiner, 200E left-to-right mark,
    200F right-to-left mark, 202A left-to-right embedding, 202B right-to-left embedding, 202C end of a direction,
    202D left-to-right override, 202E right-to-left override, 2060 word joiner, 2066 left-to-right isolate,
    2067 right-to-left isolate, 2068 first strong isolate, 2069 end of an isolate, FEFF byte order mark`,
  ],
  [
    " ",
    false,
    `00A0 no-break space, 1680 Ogham space, 2000 en quad, 2001 em quad, 2002 en space, 2003 em space,
    2004 three-per-em space, 2005 four-per-em space, 2006 six-per-em space, 2007 figure space,
    2008 punctuation space, 2009 thin space, 200A hair space, 202F narrow no-break space,
    205F medium mathematical space, 3000 ideographic space`,
  ],
  ["\n", false, "0085 next line, 2028 line separator, 2029 paragraph separator"],
  [
    "-",
    true,
    `2010 hyphen, 2011 no-break hyphen, 2012 figure dash, 2013 en dash, 2014 em dash, 2015 horizontal bar,
    2212 minus sign, FE58 small em dash, FE63 small hyphen`,
  ],
  [
    "'",
    true,
    `2018 left single quotation mark, 2019 right single quotation mark, 201A low quotation mark,
    201B reversed quotation mark, 2032 prime`,
  ],
  [
    '"',
    true,
    `201C left double quotation mark, 201D right double quotation mark, 201E low double quotation mark,
    201F reversed double quotation mark, 2033 double prime`,
  ],
  [",", true, "3001 ideographic comma"],
  [".", true, "3002 ideographic full stop"],
];

type Description = Omit<OddCharacter, "index" | "text">;

const known = new Map(
  kinds.flatMap(([plain, isVisible, names]) =>
    names
      .split(/,\s+(?=[\dA-F]{4} )/)
      .map((name): [string, Description] => [
        name.slice(0, 4),
        { name: `U+${name}`, plain, visible: isVisible },
      ]),
  ),
);

const codeOf = (character: string): string =>
  (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");

// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000B-\u001F\u007F-\u0084\u0086-\u009F]/;
const odd =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u0008\u000B-\u001F\u007F-\u00A0\u00AD\u034F\u061C\u1680\u180E\u2000-\u2015\u2018-\u201F\u2028-\u202F\u2032\u2033\u205F-\u2069\u2212\u3000-\u3002\uFE58\uFE63\uFEFF\uFF01-\uFF5E\uFFFD]|(?<=[A-Za-z])[\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}\p{Script=Greek}](?=[A-Za-z])/gu;

/** Letters beside which full-width punctuation and typographic quotes are at home. */
const foreign =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303F\uFF01-\uFF60]/u;

function describe(character: string): Description | undefined {
  const code = codeOf(character);
  const found = known.get(code);
  if (found) return found;
  if (control.test(character)) return { name: `U+${code} control character`, plain: "", visible: false };
  const ascii = character.normalize("NFKC");
  if (ascii !== character && /^[!-~]$/.test(ascii))
    return { name: `U+${code} full-width ${ascii}`, plain: ascii, visible: true };
  const name = `U+${code} a letter of another alphabet among Latin ones`;
  return /\p{Script=Cyrillic}|\p{Script=Greek}/u.test(character)
    ? { name, plain: "the Latin letter", visible: true }
    : undefined;
}

/** Characters that a terminal does not show, or shows like another one, but for those at home in the language around them. */
export function* oddCharacters(text: string): Iterable<OddCharacter> {
  for (const { 0: character, index } of text.matchAll(odd)) {
    const found = describe(character);
    if (found === undefined) continue;
    const [before, after] = [
      text.slice(0, index).at(-1) ?? "",
      text.slice(index + character.length)[0] ?? "",
    ];
    if (found.visible && isAtHome(character, before, after)) continue;
    yield { index, text: character, ...found };
  }
}

function isAtHome(character: string, before: string, after: string): boolean {
  if (foreign.test(before) || foreign.test(after)) return true;
  // A dash between words, an apostrophe within one.
  if (/[\u2010-\u2015\u2212\uFE58\uFE63]/.test(character) && /^\s?$/.test(before) && /^\s?$/.test(after))
    return true;
  return /[\u2018\u2019]/.test(character) && /\p{L}/u.test(before) && /\p{L}/u.test(after);
}

/** A text as a person can see it: what cannot be seen, or looks like something else, by its number, as in `<U+200B>`. */
export function visible(text: string): string {
  let shown = "";
  let from = 0;
  for (const { index, text: character, visible: seen } of oddCharacters(text)) {
    shown += `${text.slice(from, index)}${seen ? character : ""}<U+${codeOf(character)}>`;
    from = index + character.length;
  }
  return shown + text.slice(from);
}

/** The characters of a text that a terminal obeys: controls, and those that turn the direction of what follows. */
export const controlsIn = (text: string): OddCharacter[] =>
  [...oddCharacters(text)].filter(
    (found) => control.test(found.text) || /[\u202A-\u202E\u2066-\u2069]/.test(found.text),
  );
