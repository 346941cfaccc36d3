import { dirname, join, resolve } from "node:path";
import { existsSync } from "node:fs";
import { z } from "zod";
import { shortPath } from "../../host/paths.ts";
import { InvalidFileError } from "../../input/findings.ts";
import { readText } from "../../input/yaml-file.ts";
import { nameIn } from "../address.ts";
import { type Pin, pinOf, pinSchema, readInputs } from "../upstream/inputs/pins.ts";

/** The file beside a guide that lists what it downloads beside the files of every set; undefined if there is none. */
export function furtherFile(guide: string): string | undefined {
  const file = join(dirname(guide), "artifacts.yaml");
  return existsSync(file) ? file : undefined;
}

const hint = "docs/artifacts.md describes artifacts.yaml";

const schema = pinSchema
  .omit({ optional: true, layout: true })
  .extend({
    /** Who says that the digest is the right one. */
    from: z.string().regex(/\S/, "is empty"),
    layout: pinSchema.shape.layout.exactOptional(),
  })
  .refine(({ sha256, sha512 }) => sha256 !== undefined || sha512 !== undefined, "needs a sha256 or a sha512");

/** What a guide downloads beside the files of every set. */
export type Further = {
  /** The list, as an absolute path. */
  readonly file: string;
  readonly pins: readonly Pin[];
};

/** Reads the list of further files. UsageError for a file that cannot be read, InvalidFileError with all findings. */
export async function loadFurther(file: string): Promise<Further> {
  const read = readInputs(await readText(file), shortPath(file), schema, hint);
  const findings = read
    .filter(({ data: { name, url } }) => nameIn(url) !== name)
    .map(({ data: { name, url }, locate }) => ({
      location: locate("name"),
      message: `"${name}" is not what ${url} is saved as`,
      hint: `write ${nameIn(url)}`,
    }));
  if (findings.length > 0) throw new InvalidFileError(findings, hint);
  const pins = read.map(({ data, locate }) =>
    pinOf({ data: { ...data, layout: data.layout ?? "file" }, locate }),
  );
  return { file: resolve(file), pins };
}
