import type { MachineSpec } from "../machines/machine.ts";
import { InvalidGuideError } from "./invalid-guide.ts";

/** The guide's machines, for tests. */
export const machines: readonly MachineSpec[] = [
  { name: "t71", address: "192.168.4.71", role: "master" },
  { name: "t72", address: "192.168.4.72", role: "node" },
  { name: "t76", address: "192.168.4.76", role: "node" },
];

/** `line:column message` of each finding that `work` throws; other errors pass through. */
export function findingsOf(work: () => unknown): string[] {
  try {
    work();
    return [];
  } catch (thrown) {
    if (!(thrown instanceof InvalidGuideError)) throw thrown;
    return thrown.findings.map(
      ({ location, message }) => `${location.line}:${location.column ?? 0} ${message}`,
    );
  }
}
