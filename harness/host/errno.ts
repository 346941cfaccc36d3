/** The code of a system error, such as `ENOENT`; undefined for what has none. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** Whether a thrown value is a system error with one of these codes, such as `ENOENT`. */
export const isErrno = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes(errnoOf(error) ?? "");
