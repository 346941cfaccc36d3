import { expect, test } from "vitest";
import { volumesIn } from "./virsh.ts";

test("a cluster's volumes are not that of a machine made by hand, whose name is the cluster's", () => {
  const table = ` Name                     Path
---------------------------------------------------------
 k8s-guide.t71.img        /var/lib/libvirt/images/k8s-guide.t71.img
 k8s-guide.t71.t71.img    /var/lib/libvirt/images/k8s-guide.t71.t71.img
 k8s-guide.t72.img        /var/lib/libvirt/images/k8s-guide.t72.img
`;
  expect(volumesIn(table, "k8s-guide.t71.")).toEqual(["k8s-guide.t71.t71.img"]);
});
