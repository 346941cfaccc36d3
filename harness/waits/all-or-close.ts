/** What several openings give; if one fails, the others are closed, and what `failed` makes of the failures is thrown. */
export async function allOrClose<T>(
  opening: readonly Promise<T>[],
  {
    close,
    failed = ([first]) => first,
  }: {
    readonly close: (opened: T) => Promise<unknown>;
    readonly failed?: (failures: readonly unknown[]) => unknown;
  },
): Promise<T[]> {
  const ended = await Promise.allSettled(opening);
  const opened = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failures = ended.flatMap((one): unknown[] => (one.status === "rejected" ? [one.reason] : []));
  if (failures.length === 0) return opened;
  await Promise.allSettled(opened.map(async (one) => close(one)));
  throw failed(failures);
}
