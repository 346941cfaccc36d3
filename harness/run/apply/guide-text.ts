import { isDeepStrictEqual } from "node:util";
import type { GuideText } from "../../record/inputs.ts";

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
