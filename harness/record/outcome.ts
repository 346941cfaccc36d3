/** How one step or test ended. `failed` blames the guide, `error` infrastructure or the harness. */
export type Outcome = "passed" | "failed" | "error" | "skipped";

/** Whether a step or a test is red. */
export const isRed = ({ outcome }: { readonly outcome?: Outcome | undefined }): boolean =>
  outcome === "failed" || outcome === "error";
