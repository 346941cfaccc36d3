import { sh } from "../machines/ssh/sh.ts";

/** Who says in a machine's journal that a unit is killed on purpose. */
export const killer = "guide-conformance";

/** Kills all processes of a unit, and says so in the journal: no kernel without memory is blamed for it then. */
export const killUnit = (unit: string): string => sh`systemd-cat -t ${killer} echo 'kills ${unit}'
systemctl kill --signal=KILL ${unit}`;
