const unit = (id: string, state: string): string =>
  `Id=${id}.service\nActiveState=${state}\nFragmentPath=/etc/${id}\nUnitFileState=enabled\n`;

/** For tests: what a machine prints when it is asked what is up on it. */
export function printedState(active: readonly string[], failed: readonly string[]): string {
  const all = [...active.map((id) => unit(id, "active")), ...failed.map((id) => unit(id, "failed"))];
  return `== units\n${all.join("\n")}== range\n32768 60999\n== listening\n== addresses\n`;
}
