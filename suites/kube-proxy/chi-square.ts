/**
 * Probability that a chi-square variable with `df` degrees of freedom is `x` or more: the regularised upper incomplete
 * gamma function Q(df/2, x/2), by its series below a + 1 and by Lentz's continued fraction above (Numerical Recipes, 6.2).
 */
export function chiSquareSurvival(x: number, df: number): number {
  if (x <= 0) return 1;
  const [a, z] = [df / 2, x / 2];
  const factor = Math.exp(a * Math.log(z) - z - logGammaOfHalves(df));
  if (z < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > sum * 1e-16; n += 1) sum += term *= z / (a + n);
    return 1 - factor * sum;
  }
  let b = z + 1 - a;
  let c = Number.POSITIVE_INFINITY;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1, step = 0; Math.abs(step - 1) > 1e-15; n += 1) {
    const an = n * (a - n);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    step = c * d;
    fraction *= step;
  }
  return factor * fraction;
}

/** ln Γ(n/2), from Γ(1/2) = √π and Γ(1) = 1 upwards. */
function logGammaOfHalves(n: number): number {
  let sum = n % 2 === 1 ? Math.log(Math.PI) / 2 : 0;
  for (let k = n % 2 === 1 ? 1 : 2; k < n; k += 2) sum += Math.log(k / 2);
  return sum;
}

/** Pearson's test of counts against equal shares: the statistic, and the probability of one as large by chance. */
export function equalShares(counts: readonly number[]): { expected: number; statistic: number; p: number } {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return { expected, statistic, p: chiSquareSurvival(statistic, counts.length - 1) };
}
