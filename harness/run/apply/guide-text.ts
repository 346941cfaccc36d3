import { isDeepStrictEqual } from "node:util";
import { z } from "zod";

const digest = z.string();

/** What a guide's steps are written in, as SHA-256 in hexadecimal, by names where there are some. */
export const guideTextSchema = z
  .object({
    /** The guide's file. */
    guide: digest,
    /** Its profile; absent where an older version wrote it down. */
    profile: digest.exactOptional(),
    /** Ports, in the order in which they apply. */
    ports: z.record(z.string(), digest).readonly(),
    /** Errata that were put back as originally written. */
    errata: z.record(z.string(), digest).readonly(),
    /** Further edits of the guide, in the order in which they apply. */
    edits: z.array(digest).readonly(),
  })
  .readonly();

export type GuideText = z.infer<typeof guideTextSchema>;

/** A text with the files and ids that it is of. */
export type NamedText = {
  readonly text: GuideText;
  readonly guide: string;
  readonly errata: readonly string[];
  readonly edits: readonly string[];
};

/** What of a guide's text is not as it `was`, each as a person says it; empty if all is the same. */
export function textChanges(was: NamedText, is: NamedText): string[] {
  return (["guide", "profile", "ports", "errata", "edits"] as const)
    .filter((name) => was.text[name] !== undefined && !isDeepStrictEqual(was.text[name], is.text[name]))
    .map((name) => {
      if (name === "ports") return "ports have changed";
      if (name === "profile") return "its profile has changed";
      const [before, now] = [was, is].map((one) => [one[name]].flat().join(", ") || "none");
      return before === now ? `${name} ${now} has changed` : `${name} ${now}, not ${before}`;
    });
}
