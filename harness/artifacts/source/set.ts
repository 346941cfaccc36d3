import { cfssl } from "../build/cfssl.ts";
import { flannel } from "../build/flannel.ts";
import { images } from "../build/images.ts";
import { BuiltSet } from "../build/set.ts";
import { loadPins } from "../upstream/inputs/pins.ts";
import type { Assist } from "../../progress.ts";
import { etcd } from "./etcd.ts";
import { formerNode, kubernetes } from "./kubernetes.ts";
import { versions } from "./versions.ts";

const standIns: readonly Assist[] = [
  {
    id: "compiled-from-source",
    reason:
      `Kubernetes ${versions.kubernetes} and etcd ${versions.etcd} are not upstream's binaries: they are compiled from ` +
      "upstream's source by Go 1.19, which needs reflect2 1.0.2 in the place of Kubernetes' 1.0.1; cfssl is Debian's build.",
  },
  {
    id: "another-flannel",
    reason: `flannel is ${versions.flannel}, not the guide's 0.10.0, whose source no module registry serves; it takes the guide's settings as they are.`,
  },
];

/** The guide's versions compiled from Go modules, cached below `root`; flannel alone is a later one. */
export const sourceSet = (root?: string): BuiltSet =>
  new BuiltSet(
    {
      name: "source",
      versions,
      ports: [],
      components: [images, cfssl, flannel, etcd, kubernetes, formerNode],
      urls,
      standIns,
    },
    root,
  );

/** Each file answers the addresses of upstream's file of that name, which tell two releases of one base name apart. */
async function urls(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { inputs } = await loadPins({});
  return new Map(inputs.map(({ name, urls: answered }) => [name, answered]));
}
