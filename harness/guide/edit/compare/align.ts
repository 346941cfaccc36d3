/** Of two sequences laid side by side: a pair that fits, or what stands between two such pairs; one side of that may be empty. */
export type Segment<A, B> =
  | { readonly fits: true; readonly one: A; readonly other: B }
  | { readonly fits: false; readonly one: readonly A[]; readonly other: readonly B[] };

/** Lays two sequences side by side so that as many as can be fit, in order. */
export function align<A extends string | object, B extends string | object>(
  one: readonly A[],
  other: readonly B[],
  fits: (one: A, other: B) => boolean,
): Segment<A, B>[] {
  /** By the beginnings of both rests: how many of them fit. */
  const most: number[][] = [];
  const from = (i: number, j: number): number => most[i]?.[j] ?? 0;
  for (const [i, a] of [...one.entries()].toReversed()) {
    const row: number[] = [];
    most[i] = row;
    for (const [j, b] of [...other.entries()].toReversed()) {
      row[j] = Math.max(fits(a, b) ? from(i + 1, j + 1) + 1 : 0, from(i + 1, j), from(i, j + 1));
    }
  }
  const found: Segment<A, B>[] = [];
  let between: { one: A[]; other: B[] } = { one: [], other: [] };
  const flush = (): void => {
    if (between.one.length + between.other.length > 0) found.push({ fits: false, ...between });
    between = { one: [], other: [] };
  };
  for (let [i, j] = [0, 0]; i < one.length || j < other.length;) {
    const a = one[i];
    const b = other[j];
    if (a !== undefined && b !== undefined && fits(a, b) && from(i, j) === from(i + 1, j + 1) + 1) {
      flush();
      found.push({ fits: true, one: a, other: b });
      i += 1;
      j += 1;
    } else if (a !== undefined && (b === undefined || from(i + 1, j) >= from(i, j + 1))) {
      between.one.push(a);
      i += 1;
    } else {
      if (b !== undefined) between.other.push(b);
      j += 1;
    }
  }
  flush();
  return found;
}
