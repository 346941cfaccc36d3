import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { z } from "zod";
import { type Cluster, guards, listOf, profile, test } from "../cluster/index.ts";
import { kubectlAlone } from "./kubectl-alone.ts";
import { encodedObject } from "./protobuf.ts";

test(
  "kubectl speaks to the apiserver, and to nobody else",
  { concurrent: true, meta: guards("components", "kubectl") },
  async ({ cluster, fact }) => {
    const { to, printed } = await kubectlAlone(cluster);
    const apiserver = `${cluster.master.address}:${profile.ports.apiserver}`;
    expect(await cluster.master.listens("kube-apiserver"), "where the apiserver listens").toContain(
      apiserver,
    );
    expect(printed, "the services that kubectl was told of").toMatch(/^default +kubernetes /m);
    expect(to, "whom kubectl sent anything").toEqual([apiserver]);
    fact("connects to", to.join(", "));
  },
);

test(
  "what is created, changed and deleted is so in etcd: byte for byte, and by the same revision",
  { concurrent: true, meta: guards("components", "bytes") },
  async ({ cluster: { kubectl, etcd }, onTestFinished, fact }) => {
    const name = `guide-suites-${randomUUID()}`;
    const path = `/api/v1/namespaces/default/configmaps/${name}`;
    const key = `/registry/configmaps/default/${name}`;
    onTestFinished(() => kubectl.delete(path));
    const compare = async (): Promise<string> => {
      const [api, [entry]] = await Promise.all([kubectl.protobuf(path), etcd.stored(key)]);
      if (!entry) expect.unreachable(`etcd has ${key}`);
      const { fields, resourceVersion } = encodedObject(api, "The apiserver's answer");
      const stored = encodedObject(entry.value, `What etcd has under ${key}`);
      expect(fields, `${name} through the API`).toEqual(stored.fields);
      expect(stored.resourceVersion, "in etcd an object has no version of its own").toBe("");
      expect(resourceVersion, "the version of the API is etcd's revision").toBe(String(entry.modified));
      return resourceVersion;
    };
    expect(await etcd.stored(key), "in etcd before it is created").toEqual([]);
    await kubectl.run(`create configmap ${name} --from-literal=written=${randomUUID()}`);
    const created = await compare();
    await kubectl.run(`label configmap ${name} changed=${randomUUID()}`);
    const changed = await compare();
    expect(changed, "the revision after a change").not.toBe(created);
    await kubectl.run(`delete configmap ${name}`);
    expect(await etcd.stored(key), "in etcd after it was deleted").toEqual([]);
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
    await cluster.workload.ready();
    const counts = await Promise.all(
      kinds.map(async ([path, key]) => {
        const { objects, keys } = await stateOf(cluster, path, key);
        expect(keys, `${key} in etcd, by etcd's revision`).toEqual(objects);
        return `${objects.length} ${key}`;
      }),
    );
    fact("found in both", counts.join(", "));
  },
);

/** Objects of a kind by the API, and by etcd as it was when the API was asked: uid and revision of each. */
async function stateOf({ kubectl, etcd }: Cluster, path: string, key: string) {
  const list = listOf(listed).and(z.object({ metadata: z.object({ resourceVersion: z.string() }) }));
  const { items, metadata } = await kubectl.get(list, path);
  const entries = await etcd.stored(`/registry/${key}/`, metadata.resourceVersion);
  const keys = entries.map(({ value, modified, key: name }) => {
    const { uid } = encodedObject(value, `What etcd has under ${name}`);
    return `${uid} at ${modified}`;
  });
  const objects = items.map(({ metadata: own }) => `${own.uid} at ${own.resourceVersion}`);
  return { objects: objects.toSorted(), keys: keys.toSorted() };
}
