import { ArtifactError, type ErrorDetails } from "../../../errors.ts";
import { isPage } from "../../../host/download/page.ts";
import { faultOfImages, faultOfTarball, startOf } from "./archive.ts";
import { type Digests, digestsOf, matches, showDigest } from "./digest.ts";
import type { Pin } from "./pins.ts";

/** A file that claims to be an input. */
export type Candidate = {
  readonly path: string;
  /** Where it comes from, as a person knows it: an address without password, or a path. */
  readonly origin: string;
  /** What to do if it is not the input. */
  readonly hint: string;
};

/** A file is not the input that it claims to be; `fault` says why: `has the wrong checksum`. */
export class NotTheInput extends ArtifactError {
  readonly fault: string;

  constructor(fault: string, message: string, details: ErrorDetails) {
    super(message, details);
    this.fault = fault;
  }
}

/**
 * Checks that a file is the input: its digest, and that the guide can unpack it. Returns its digests.
 * NotTheInput otherwise, with the file, what is wrong, the expected and the actual digest.
 */
export async function examine(
  pin: Pin,
  { path, origin, hint }: Candidate,
  { signal, digests }: { readonly signal?: AbortSignal | undefined; readonly digests?: Digests } = {},
): Promise<Digests> {
  const actual = digests ?? (await digestsOf(path, signal));
  const { digest, name } = pin;
  const wrong = digest !== undefined && !matches(actual, digest);
  const fault = await faultOf(path, pin, actual.bytes);
  if (fault === undefined && !wrong) return actual;
  const expected = digest ? `${showDigest(digest)} (${digest.from})` : "no digest is known";
  const algorithm = digest?.algorithm ?? "sha256";
  const why = fault ?? "has the wrong checksum";
  throw new NotTheInput(
    why,
    [
      `${name} from ${origin} ${why}`,
      `  expected ${expected}`,
      `  actual   ${showDigest({ algorithm, hex: actual[algorithm] })}, ${actual.bytes} bytes`,
    ].join("\n"),
    { hint: digest?.recorded === true ? `${hint} ${recordHint(digest.from)}` : hint },
  );
}

const recordHint = (path: string): string =>
  `If the copy that was recorded first is the wrong one, remove its entry from ${path}.`;

/** What is wrong with the content, whatever its digest. */
async function faultOf(path: string, { layout }: Pin, bytes: number): Promise<string | undefined> {
  if (bytes === 0) return "is empty";
  const start = (await startOf(path, 4096)).toString("latin1");
  if (isPage(start)) {
    return "is an HTML page, not the file: a login or error page of a proxy or mirror";
  }
  if (layout === "images") return faultOfImages(path);
  if (typeof layout !== "string") return faultOfTarball(path, layout);
  const [begins, what] = kinds[layout];
  return begins.test(start) ? undefined : `is no ${what}`;
}

/** How files of these layouts begin, and what they are. */
const kinds: Readonly<Record<Exclude<Pin["layout"] & string, "images">, readonly [RegExp, string]>> = {
  program: [/^\u007fELF/, "Linux program"],
  file: [/^/, "file"],
  // The lead of an RPM.
  rpm: [/^\u00ed\u00ab\u00ee\u00db/, "RPM"],
  repository: [/^\s*(?:#.*\s+)*\[/, "file of a yum repository"],
  key: [/^-----BEGIN PGP PUBLIC KEY BLOCK-----/, "public key"],
};
