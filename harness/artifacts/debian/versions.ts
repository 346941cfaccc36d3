/** Upstream versions of the set; each build checks that its binaries say so. */
export const versions = {
  kubernetes: "1.20.2",
  etcd: "3.4.23",
  flannel: "0.14.0",
  cfssl: "1.2.0",
} as const;
