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

/** What a run depends on beside the commit, as SHA-256 in hexadecimal, by names of the settings and of the set's files. */
export type RunInputs = GuideText & {
  /** Names, addresses and roles of the machines. */
  readonly machines: string;
  /** Files of the artifact set; absent until they are verified, and where the guide's downloads are real. */
  readonly artifacts?: Readonly<Record<string, string>>;
};
