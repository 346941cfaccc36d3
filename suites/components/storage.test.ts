import { randomUUID } from "node:crypto";
import { z } from "zod";
import {
  type Cluster,
  expect,
  expectList,
  guards,
  lacking,
  listOf,
  profile,
  sh,
  shown,
  test,
} from "../cluster/index.ts";
import { createdOfEachKind } from "./controllers.ts";
import { kubectlAlone } from "./kubectl-alone.ts";
import { encodedObject } from "./protobuf.ts";

test(
  "kubectl speaks to the apiserver, and to nobody else",
  { concurrent: true, meta: guards("components", "kubectl") },
  async ({ cluster, fact }) => {
    const { to, printed } = await kubectlAlone(cluster);
    const { master } = cluster;
    const apiserver = `${master.address}:${profile.ports.apiserver}`;
    const listening = await master.listens("kube-apiserver");
    expect(
      listening,
      `${master.name}'s apiserver listens on ${shown(listening)}, not on ${apiserver}`,
    ).toContain(apiserver);
    expectList(`whom ${master.name}'s kubectl sends anything`, to, [apiserver]);
    expect(
      printed,
      `${master.name}'s kubectl prints services without default's kubernetes: ${shown(printed.trim())}`,
    ).toMatch(/^default +kubernetes /m);
    fact("connects to", to.join(", "));
  },
);

test(
  "what is created, changed and deleted is so in etcd: byte for byte, and by the same revision",
  { concurrent: true, meta: guards("components", "bytes") },
  async ({ cluster: { kubectl, etcd }, onTestFinished, fact }) => {
    const name = `guide-suites-${randomUUID()}`;
    const parent = "/api/v1/namespaces/default/configmaps";
    const path = `${parent}/${name}`;
    const key = `/registry/configmaps/default/${name}`;
    onTestFinished(() => kubectl.delete(path));
    const compare = async (): Promise<string> => {
      const [api, [entry]] = await Promise.all([kubectl.protobuf(path), etcd.stored(key)]);
      if (!entry) lacking(`etcd has nothing under ${key}`);
      const { fields, resourceVersion } = encodedObject(api, "The apiserver's answer");
      const stored = encodedObject(entry.value, `What etcd has under ${key}`);
      expectList(`fields of ${name} by the API, against those in etcd`, fields, stored.fields);
      const own = stored.resourceVersion;
      expect(own, `${name} has a version of its own in etcd, ${own}, not none`).toBe("");
      const revision = String(entry.modified);
      expect(
        resourceVersion,
        `${name} has the version ${shown(resourceVersion)} by the API, not etcd's revision ${revision}`,
      ).toBe(revision);
      return resourceVersion;
    };
    const keys = async (): Promise<string[]> => (await etcd.stored(key)).map((entry) => entry.key);
    expectList(`keys in etcd before ${name} is created`, await keys(), []);
    const object = { metadata: { name }, data: { written: randomUUID() } };
    await kubectl.create(z.object({}), parent, object);
    const created = await compare();
    await kubectl.replace(z.object({}), path, { ...object, data: { changed: randomUUID() } });
    const changed = await compare();
    expect(changed, `${name} has the revision ${changed} after a change, and ${created} before it`).not.toBe(
      created,
    );
    await kubectl.delete(path);
    expectList(`keys in etcd after ${name} was deleted`, await keys(), []);
    fact("revisions", `created ${created}, changed ${changed}`);
  },
);

/** Kinds of every part of the cluster, and where the apiserver puts them in etcd (its own names for services and nodes). */
const kinds: readonly (readonly [path: string, key: string])[] = [
  ["/api/v1/nodes", "minions"],
  ["/api/v1/namespaces", "namespaces"],
  ["/api/v1/pods", "pods"],
  ["/api/v1/services", "services/specs"],
  ["/api/v1/secrets", "secrets"],
  ["/api/v1/serviceaccounts", "serviceaccounts"],
  ["/apis/apps/v1/deployments", "deployments"],
  ["/apis/apps/v1/replicasets", "replicasets"],
  ["/api/v1/endpoints", "services/endpoints"],
  ["/api/v1/configmaps", "configmaps"],
  ["/api/v1/replicationcontrollers", "controllers"],
  ["/api/v1/resourcequotas", "resourcequotas"],
  ["/api/v1/persistentvolumeclaims", "persistentvolumeclaims"],
  ["/apis/apps/v1/daemonsets", "daemonsets"],
  ["/apis/apps/v1/statefulsets", "statefulsets"],
  ["/apis/apps/v1/controllerrevisions", "controllerrevisions"],
  ["/apis/batch/v1/jobs", "jobs"],
  ["/apis/policy/v1beta1/poddisruptionbudgets", "poddisruptionbudgets"],
  ["/apis/coordination.k8s.io/v1/leases", "leases"],
  ["/apis/scheduling.k8s.io/v1/priorityclasses", "priorityclasses"],
  ["/apis/rbac.authorization.k8s.io/v1/roles", "roles"],
  ["/apis/rbac.authorization.k8s.io/v1/rolebindings", "rolebindings"],
  ["/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "clusterrolebindings"],
  ["/apis/rbac.authorization.k8s.io/v1/clusterroles", "clusterroles"],
  ["/apis/certificates.k8s.io/v1beta1/certificatesigningrequests", "certificatesigningrequests"],
];

const listed = z.object({
  metadata: z.object({ uid: z.string(), resourceVersion: z.string() }),
});

test(
  "etcd has every object of the API, and no further one, of each kind",
  { concurrent: true, meta: guards("components", "state") },
  async ({ cluster, fact }) => {
    await Promise.all([cluster.workload.ready(), createdOfEachKind(cluster)]);
    const [states, elsewhere] = await Promise.all([statesOf(cluster), otherStores(cluster)]);
    expectList(
      `options of ${cluster.master.name}'s running apiserver that name another store`,
      elsewhere,
      [],
    );
    const counts = states.map(({ key, objects, keys }) => {
      expectList(`${key} in etcd, against those of the API`, keys, objects);
      return `${objects.length} ${key}`;
    });
    fact("found in both", counts.join(", "));
  },
);

/** What the running apiserver was started with that has it store some kinds elsewhere (its options may have `_` for `-`). */
async function otherStores({ master }: Cluster): Promise<string[]> {
  const options = await master.succeed(sh`tr '\0' ' ' < /proc/$(pgrep -x kube-apiserver)/cmdline`);
  return options.match(/--etcd[-_]servers[-_]overrides\S*/g) ?? [];
}

/** Objects of each kind by the API, and by etcd as it was when the API was asked: uid and revision of each. */
async function statesOf({ kubectl, etcd }: Cluster) {
  const list = listOf(listed).and(z.object({ metadata: z.object({ resourceVersion: z.string() }) }));
  const lists = await Promise.all(
    kinds.map(async ([path, key]) => ({ key, found: await kubectl.get(list, path) })),
  );
  const stored = await etcd.storedAt(
    lists.map(({ key, found }) => ({
      prefix: `/registry/${key}/`,
      revision: found.metadata.resourceVersion,
    })),
  );
  return lists.map(({ key, found }, index) => {
    const keys = (stored[index] ?? []).map(({ value, modified, key: name }) => {
      const { uid } = encodedObject(value, `What etcd has under ${name}`);
      return `${uid} at ${modified}`;
    });
    const objects = found.items.map(({ metadata: own }) => `${own.uid} at ${own.resourceVersion}`);
    return { key, objects: objects.toSorted(), keys: keys.toSorted() };
  });
}
