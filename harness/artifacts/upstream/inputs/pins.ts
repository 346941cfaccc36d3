import { join } from "node:path";
import { z } from "zod";
import { formatLocation, type SourceLocation } from "../../../errors.ts";
import { type Finding, InvalidFileError } from "../../../input/findings.ts";
import { shortPath } from "../../../host/paths.ts";
import { suggest } from "../../../input/suggest.ts";
import { checkShape, parseYaml, readText, type YamlFile } from "../../../input/yaml-file.ts";

/** A checksum, and who says that it is the right one. */
export type Digest = {
  readonly algorithm: "sha256" | "sha512";
  readonly hex: string;
  /** `file:line`, or the cache's own record. */
  readonly from: string;
  /** It is that of the first copy: nobody has vouched for it. */
  readonly recorded?: boolean;
};

/** One input of the guide. */
export type Pin = {
  /** File name in the set. */
  readonly name: string;
  readonly version: string;
  /** Addresses of the file, the guide's own first. */
  readonly urls: readonly [string, ...string[]];
  /** What it must hash to; absent if nobody has said yet. The strongest one if several are given. */
  readonly digest?: Digest;
  /**
   * `program`, `file` for whatever it is, the paths that the tarball must hold, `images` for the project's own archive of images, or of CentOS's
   * packages an `rpm`, the file of a `repository`, a `key`.
   */
  readonly layout: "program" | "file" | "images" | "rpm" | "repository" | "key" | readonly string[];
  readonly optional: boolean;
  /** Its size, where it is said. */
  readonly bytes?: number;
  /** yum installs it, on machines with CentOS. */
  readonly ofYum?: true;
};

/** The inputs in use, and which of them are someone's own build. */
export type Pins = {
  readonly inputs: readonly Pin[];
  /** Names whose digest another file than the project's names, and that file. */
  readonly rebuilt?: { readonly files: readonly string[]; readonly pins: string };
};

/** The reviewed file with all inputs. */
export const pinsFile = join(import.meta.dirname, "../pins.yaml");

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be a file name of letters, digits, dots, dashes, underscores");
const url = z.url({ protocol: /^https?$/, error: "must be an http or https address" });
const hex = (digits: number): z.ZodString => {
  const error = `must be ${digits} lower-case hexadecimal digits`;
  return z.string({ error }).regex(new RegExp(`^[0-9a-f]{${digits}}$`), error);
};
const path = z.string().regex(/^[^/]+(\/[^/]+)*$/, "must be a relative path");
const checksums = { sha256: hex(64).optional(), sha512: hex(128).optional() };
export const pinSchema = z.strictObject({
  name,
  ...checksums,
  version: z.string().regex(/^\S+ \S+$/, 'must be a project and a version, such as "etcd 3.3.10"'),
  url,
  mirrors: z.array(url).optional(),
  layout: z.union([z.literal("program"), z.array(path).min(1)], {
    error: "must be `program` or a list of paths in the tarball",
  }),
  optional: z.boolean().optional(),
});
const ownSchema = z
  .strictObject({ name, ...checksums })
  .refine((pin) => pin.sha256 !== undefined || pin.sha512 !== undefined, "needs a sha256 or a sha512");

const described = "harness/artifacts/upstream/pins.yaml describes the keys";

/** The project's inputs; with GUIDE_PINS=FILE the digests of that file in place of theirs. UsageError for a bad file. */
export async function loadPins(env: NodeJS.ProcessEnv = process.env, file = pinsFile): Promise<Pins> {
  const inputs = parsePins(await readText(file), shortPath(file));
  const own = env["GUIDE_PINS"];
  if (own === undefined || own === "") return { inputs };
  return replaceDigests(inputs, await readText(own), own);
}

/** Reads the text of a pins file. InvalidFileError with all findings. */
export function parsePins(text: string, file: string): readonly Pin[] {
  return readInputs(text, file, pinSchema, described).map(pinOf);
}

/** An input as it is written, with what else than in the file the layout may be. */
type Written = Omit<z.infer<typeof pinSchema>, "layout" | "optional"> &
  Pick<Pin, "layout"> & { readonly optional?: boolean | undefined };

export function pinOf({ data, locate }: Read<Written>): Pin {
  const digest = digestOf(data, locate);
  return {
    name: data.name,
    version: data.version,
    urls: [data.url, ...(data.mirrors ?? [])],
    ...(digest && { digest }),
    layout: data.layout,
    optional: data.optional ?? false,
  };
}

/** Digests of `text`, names of inputs with a digest each, in place of upstream's. InvalidFileError if it is bad. */
export function replaceDigests(inputs: readonly Pin[], text: string, file: string): Pins {
  const own = readInputs(text, file, ownSchema, described);
  const names = inputs.map((input) => input.name);
  const unknown = own.filter(({ data }) => !names.includes(data.name));
  if (unknown.length > 0) {
    const findings = unknown.map(({ data, locate }) => ({
      location: locate("name"),
      message: `the guide has no input "${data.name}"`,
      hint: suggest(data.name, names),
    }));
    throw new InvalidFileError(findings, described);
  }
  const digests = new Map(own.map(({ data, locate }) => [data.name, digestOf(data, locate)]));
  const changed = inputs.map((input) => {
    const digest = digests.get(input.name);
    if (!digest || (digest.hex === input.digest?.hex && digest.algorithm === input.digest.algorithm)) {
      return input;
    }
    return { ...input, digest };
  });
  const rebuilt = changed.filter((input, index) => input !== inputs[index]).map((input) => input.name);
  return { inputs: changed, ...(rebuilt.length > 0 && { rebuilt: { files: rebuilt, pins: file } }) };
}

/** What is written of an input, and where each key stands. */
type Read<T> = {
  readonly data: T;
  readonly locate: (key: string) => SourceLocation;
};

/** Reads the list `inputs` of a file, each of the shape asked for, each name once. InvalidFileError with all findings and the hint. */
export function readInputs<T extends { readonly name: string }>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  hintOfFile: string,
): Read<T>[] {
  const yaml = parseYaml(text, file);
  if ("findings" in yaml) throw new InvalidFileError(yaml.findings, hintOfFile);
  const list = checkShape(
    z.strictObject({ inputs: z.array(z.unknown()).min(1) }),
    yaml.value,
    yaml,
    [],
    hintOfFile,
  );
  if ("findings" in list) throw new InvalidFileError(list.findings, hintOfFile);
  const findings: Finding[] = [];
  const read: Read<T>[] = [];
  for (const [index, value] of list.data.inputs.entries()) {
    const at = ["inputs", index];
    const checked = checkShape(schema, value, yaml, at, hintOfFile);
    if ("findings" in checked) findings.push(...checked.findings);
    else read.push({ data: checked.data, locate: locator(yaml, at) });
  }
  for (const [index, { data, locate }] of read.entries()) {
    if (read.findIndex((other) => other.data.name === data.name) === index) continue;
    findings.push({
      location: locate("name"),
      message: `a second "${data.name}"`,
      hint: "name each input once",
    });
  }
  if (findings.length > 0) throw new InvalidFileError(findings, hintOfFile);
  return read;
}

const locator =
  (yaml: YamlFile, at: readonly PropertyKey[]) =>
  (key: string): SourceLocation =>
    yaml.locate([...at, key]);

function digestOf(
  { sha256, sha512 }: { readonly sha256?: string | undefined; readonly sha512?: string | undefined },
  locate: (key: string) => SourceLocation,
): Digest | undefined {
  const from = (key: string): string => {
    const { file, line } = locate(key);
    return formatLocation({ file, line });
  };
  if (sha512 !== undefined) return { algorithm: "sha512", hex: sha512, from: from("sha512") };
  return sha256 === undefined ? undefined : { algorithm: "sha256", hex: sha256, from: from("sha256") };
}
