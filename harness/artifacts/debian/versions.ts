import { cfsslVersion } from "../build/cfssl.ts";
import { flannelVersion } from "../build/flannel.ts";

/** Upstream versions of the set; each build checks that its binaries say so. */
export const versions = {
  kubernetes: "1.20.2",
  etcd: "3.4.23",
  flannel: flannelVersion,
  cfssl: cfsslVersion,
} as const;

/** Part of the recipes that check these versions. */
export const versionsFile = import.meta.filename;
