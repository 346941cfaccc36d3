import { posix } from "node:path";
import { z } from "zod";

/** What may stand in double braces in a block's text; see `checkBraces`. */
export type Braces = "placeholder" | "wildcard";

const about = z.registry<{ readonly braces?: Braces }>();

/** A key of a directive; `form` tells what to write where its word cannot be read, or is missing. */
const key = (form: string, pattern: RegExp) => z.string({ error: form }).regex(pattern, form);

const id = key(
  "write id=NAME, a name of small letters, digits and single hyphens",
  /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
);
const on = key("write on=MACHINES, machine names or groups separated by commas", /^/).transform(
  (list): readonly string[] => list.split(","),
);
const pathForm =
  "write path=/absolute/path of letters, digits and ._@+:-, without `..` or a slash at the end";
const path = z
  .string({ error: pathForm })
  .refine((text) => /^(?:\/[\w.@+:-]+)+$/.test(text) && posix.normalize(text) === text, pathForm);
const mode = key("write mode=0644, three or four octal digits", /^[0-7]{3,4}$/).transform((digits) =>
  Number.parseInt(digits, 8),
);
const append = z.boolean({ error: "write append alone, without a value" });
const tty = z.literal(true, { error: "write tty alone, without a value" }).exactOptional();
/** Whether `{{` stands for itself. */
const literal = z.literal(true, { error: "write literal alone, without a value" }).exactOptional();
/** In milliseconds. */
const within = key("write within=60s or within=5m", /^[1-9]\d{0,4}[sm]$/).transform(
  (text) => Number.parseInt(text, 10) * (text.endsWith("m") ? 60_000 : 1000),
);
const reason = key('write reason="why the reader is shown this and the harness does not run it"', /\S/);

const directive = <Kind extends string, Keys extends z.ZodRawShape>(kind: Kind, keys: Keys) =>
  z.strictObject({ language: z.string(), kind: z.literal(kind), ...keys });

/** The closed list of what a fence can be, each with its keys: docs/guide-grammar.md. */
const directives = [
  directive("run", { id, on, tty, literal }).register(about, { braces: "placeholder" }),
  directive("file", {
    id,
    on,
    path,
    mode: mode.default(0o644),
    append: append.default(false),
    literal,
  }).register(about, { braces: "placeholder" }),
  /** What the reader answers where the command block before it asks; see `checkAnswers`. */
  directive("answers", {}),
  /** What the command block before it prints, once or when the reader has repeated it for that long. */
  directive("output", { within: within.exactOptional() }).register(about, { braces: "wildcard" }),
  directive("skip", { reason }),
] as const;

/** What a fence's info string says. */
export const directiveSchema = z.discriminatedUnion("kind", directives);
export type Directive = Readonly<z.infer<typeof directiveSchema>>;
export type DirectiveKind = Directive["kind"];

export const kinds: readonly DirectiveKind[] = directives.map(({ shape }) => shape.kind.value);

const schemaOf = (kind: DirectiveKind) => directives.find(({ shape }) => shape.kind.value === kind);

/** The keys of a directive, by its name. */
export const keysOf = (kind: DirectiveKind): readonly string[] =>
  Object.keys(schemaOf(kind)?.shape ?? {}).filter((name) => name !== "language" && name !== "kind");

/** What may stand in double braces in the text of such a block; undefined if anything may. */
export function bracesOf(kind: DirectiveKind): Braces | undefined {
  const schema = schemaOf(kind);
  return schema && about.get(schema)?.braces;
}
