import { randomUUID } from "node:crypto";
import { certificateOf, type Cluster, kubelet, ownKeys, type Pod, sh } from "../cluster/index.ts";
import { requestsOf as certificateRequests } from "../csr/requests.ts";
import { leasesOf } from "../flannel/leases.ts";

/** Requests for certificates and what became of each; those that the controller-manager has removed are not there. */
export const requestsOf = async (cluster: Cluster): Promise<string[]> =>
  (await certificateRequests(cluster))
    .map(({ metadata, status: { conditions = [] } }) =>
      [metadata.name, conditions.map(({ type }) => type).join()].join(" "),
    )
    .toSorted();

/** Fingerprint of each node's client certificate. */
export const certificatesOf = ({ nodes }: Cluster): Promise<string[]> =>
  Promise.all(
    nodes.map(async (node) => {
      const file = kubelet.certificate;
      return `${node.name} ${certificateOf(await node.read(file), `${node.name}: ${file}`).fingerprint256}`;
    }),
  );

/** Each node's subnet, as etcd has it. */
export const subnetsOf = async (cluster: Cluster): Promise<string[]> =>
  (await leasesOf(cluster)).map(({ publicIp, subnet }) => `${publicIp} ${subnet}`);

const bridgeFormat = [
  "{{range .IPAM.Config}}{{.Subnet}} {{end}}",
  'MTU {{index .Options "com.docker.network.driver.mtu"}}',
  'masquerades {{index .Options "com.docker.network.bridge.enable_ip_masquerade"}}',
].join(", ");

/**
 * What Docker of each node made of its subnet. A Docker that is started without the options keeps the addresses that it had, but
 * neither MTU nor the senders' addresses.
 */
export const bridgesOf = ({ nodes }: Cluster): Promise<string[]> =>
  Promise.all(
    nodes.map(async (node) => {
      const bridge = await node.succeed(sh`docker network inspect bridge --format '${bridgeFormat}'`);
      return `${node.name} ${bridge.trim()}`;
    }),
  );

export const allPods = async ({ workload }: Cluster): Promise<Pod[]> =>
  (await Promise.all([workload.pods("backend"), workload.pods("client")])).flat();

/** What a boot must leave as it was; etcd has acknowledged the key and its value in both versions of its data. */
export type State = Readonly<Awaited<ReturnType<typeof stateOf>>>;

/** Writes a key into etcd and notes what else a boot must leave. */
export async function stateOf(cluster: Cluster) {
  const { etcd, workload } = cluster;
  const [key, value] = [`${ownKeys}/${randomUUID()}`, randomUUID()];
  await workload.ready();
  const [requests, certificates, subnets, bridges, pods] = await Promise.all([
    requestsOf(cluster),
    certificatesOf(cluster),
    subnetsOf(cluster),
    bridgesOf(cluster),
    allPods(cluster),
  ]);
  // Last, for what was acknowledged a moment ago must survive a power cut.
  await Promise.all([etcd.v2(`set ${key} ${value}`), etcd.v3(`put ${key} ${value}`)]);
  return { key, value, requests, certificates, subnets, bridges, pods };
}
