import { cfsslVersion } from "../build/cfssl.ts";
import { flannelVersion } from "../build/flannel.ts";

/** Versions of the set: the guide's own but for flannel. Each build checks that its binaries say so. */
export const versions = {
  kubernetes: "1.14.0",
  etcd: "3.3.10",
  flannel: flannelVersion,
  cfssl: cfsslVersion,
} as const;

/** Part of the recipes that check these versions. */
export const versionsFile = import.meta.filename;
