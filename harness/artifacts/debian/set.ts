import { cfssl } from "../build/cfssl.ts";
import { flannel } from "../build/flannel.ts";
import { images } from "../build/images.ts";
import { BuiltSet } from "../build/set.ts";
import { etcd } from "./etcd.ts";
import { kubernetes } from "./kubernetes.ts";
import { rpms } from "./rpms.ts";
import { versions } from "./versions.ts";

/** The set made from Debian 12's packages and sources and flannel's Go module, cached below `root`. */
export const debianSet = (root?: string): BuiltSet =>
  new BuiltSet(
    {
      name: "debian",
      versions,
      ports: ["debian12-versions"],
      components: [images, etcd, cfssl, flannel, kubernetes],
      // For embedded machines, whatever their set.
      beside: [rpms],
    },
    root,
  );
