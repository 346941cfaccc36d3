import { plain } from "../../text.ts";

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value =
  | string
  | number
  | Markup
  | undefined
  | false
  | readonly (string | number | Markup | undefined | false)[];

/** Markup from a template: what is put in is escaped unless it is Markup; nothing for undefined and false. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(
    strings.map((string, index) => string + (index < values.length ? render(values[index]) : "")).join(""),
  );
}

function render(value: Value): string {
  if (value === undefined || value === false) return "";
  if (typeof value === "object" && !(value instanceof Markup)) return value.map(render).join("");
  return value instanceof Markup ? value.text : escape(String(value));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escape = (text: string): string => plain(text).replace(/[&<>"']/gu, (char) => entities[char] ?? char);
