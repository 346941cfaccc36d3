/** Ends the words of an assertion: the sentence that vitest makes of the matcher follows (`failureOf`). */
export const endOfWords = "\nvitest";

/** What of a record is not as wanted: `Restart is no, not on-failure; names: IP:10.0.0.5 missing`. */
export const differing = (seen: object, wanted: object): string => {
  const known = new Map<string, unknown>(Object.entries(seen));
  return Object.entries(wanted)
    .filter(([name, value]) => JSON.stringify(known.get(name)) !== JSON.stringify(value))
    .map(([name, value]) => {
      const found = known.get(name);
      if (Array.isArray(found) && Array.isArray(value))
        return `${name}: ${compared(found.map(shown), value.map(shown))}`;
      return `${name} is ${shown(found)}, not ${shown(value)}`;
    })
    .join("; ");
};

/** How a list differs from the one that is wanted: `*:8080 too much; 10.0.0.5:2379 missing`. */
export function compared(seen: readonly string[], wanted: readonly string[]): string {
  const more = without(seen, wanted);
  const fewer = without(wanted, seen);
  const parts = [
    ...(more.length > 0 ? [`${more.join(", ")} too much`] : []),
    ...(fewer.length > 0 ? [`${fewer.join(", ")} missing`] : []),
  ];
  return parts.join("; ") || `${shown(seen)} in another order than ${shown(wanted)}`;
}

/** What one list has beyond another; of two that are equal, one counts once. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return list.filter((item) => {
    const index = left.indexOf(item);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** A value in a sentence: a list without brackets, and words for what is not there. */
export function shown(value: unknown): string {
  if (value === undefined || value === "") return "absent";
  if (Array.isArray(value)) return value.length === 0 ? "nothing" : value.map(shown).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
