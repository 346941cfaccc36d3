/** Of two sequences, a stretch in which each pair fits, or what stands between two such stretches; one side may be empty. */
export type Stretch<A, B> =
  | { readonly fits: true; readonly one: A; readonly other: B }
  | { readonly fits: false; readonly one: readonly A[]; readonly other: readonly B[] };

/** Lays two sequences side by side so that as many as can be fit, in order. */
export function align<A, B>(
  one: readonly A[],
  other: readonly B[],
  fits: (one: A, other: B) => boolean,
): Stretch<A, B>[] {
  // By the ends of both: how many fit from there on.
  const best = Array.from({ length: one.length + 1 }, () =>
    Array.from({ length: other.length + 1 }, () => 0),
  );
  const at = (i: number, j: number): number => best[i]?.[j] ?? 0;
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      const here = fits(one[i] as A, other[j] as B) ? at(i + 1, j + 1) + 1 : 0;
      (best[i] as number[])[j] = Math.max(here, at(i + 1, j), at(i, j + 1));
    }
  }
  const found: Stretch<A, B>[] = [];
  let [i, j] = [0, 0];
  let [left, right]: [A[], B[]] = [[], []];
  const flush = (): void => {
    if (left.length + right.length > 0) found.push({ fits: false, one: left, other: right });
    [left, right] = [[], []];
  };
  while (i < one.length || j < other.length) {
    const [a, b] = [one[i], other[j]];
    if (i < one.length && j < other.length && fits(a as A, b as B) && at(i, j) === at(i + 1, j + 1) + 1) {
      flush();
      found.push({ fits: true, one: a as A, other: b as B });
      [i, j] = [i + 1, j + 1];
    } else if (i < one.length && (j >= other.length || at(i + 1, j) >= at(i, j + 1))) {
      left.push(a as A);
      i += 1;
    } else {
      right.push(b as B);
      j += 1;
    }
  }
  flush();
  return found;
}
