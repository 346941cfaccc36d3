import { settingOf } from "../../effects/programs/services.ts";
import type { Fault, Subject } from "../finding.ts";

/** Addresses with their ports; what no address has beside them, other rules tell. */
const addressesIn = (text: string): string[] =>
  [...text.matchAll(/\bhttps?:\/\/[\w.-]+:\d+/g)].map(([address]) => address);

/** Whoever calls etcd or the apiserver calls what these listen on. */
export function* endpoints(subject: Subject): Iterable<Fault> {
  yield* ofEtcd(subject);
  yield* ofApiserver(subject);
  yield* members(subject);
}

function* ofEtcd({ world, machines }: Subject): Iterable<Fault> {
  const listened = world.started.flatMap((started) =>
    addressesIn(settingOf(started, "listen-client-urls")?.value ?? "").flatMap((address) =>
      address.includes("//0.0.0.0:")
        ? machines.map((machine) => address.replace("0.0.0.0", machine.address))
        : [address],
    ),
  );
  if (listened.length === 0) return;
  for (const started of world.started) {
    for (const name of ["etcd-servers", "etcd-endpoints"]) {
      const setting = settingOf(started, name);
      for (const address of addressesIn(setting?.value ?? "")) {
        const ours = machines.some((machine) => address.includes(`//${machine.address}:`));
        if (!setting || !ours || listened.includes(address)) continue;
        const message = `--${name} of ${started.unit} calls ${address}, but etcd listens on ${listened.join(", ")}`;
        yield { rule: "values/endpoint", at: setting.spot, message, hint: `write ${listened.join(",")}` };
      }
    }
  }
}

/** The server of a kubeconfig is the apiserver's secure port, if it is a machine of the guide. */
function* ofApiserver({ world, machines }: Subject): Iterable<Fault> {
  const right = world.started.flatMap((started) => {
    const port = settingOf(started, "service-cluster-ip-range") && settingOf(started, "secure-port");
    return port ? [`https://${started.host.spec.address}:${port.value}`] : [];
  });
  if (right.length === 0) return;
  for (const host of world.hosts) {
    for (const { kubeconfig } of host.files.values()) {
      const { value = "", spot } = kubeconfig?.server ?? {};
      const [address = ""] = addressesIn(value);
      const ours = machines.some((machine) => address.includes(`//${machine.address}:`));
      if (spot === undefined || !ours || right.includes(address)) continue;
      const message = `the kubeconfig calls ${address}, but the apiserver listens on ${right.join(", ")}`;
      yield { rule: "values/endpoint", at: spot, message, hint: `write ${right[0]}` };
    }
  }
}

/** etcd starts only if its cluster's list has its own name with the address by which others call it. */
function* members({ world }: Subject): Iterable<Fault> {
  for (const started of world.started) {
    const [name, cluster, own] = ["name", "initial-cluster", "initial-advertise-peer-urls"].map((option) =>
      settingOf(started, option),
    );
    if (!name || !cluster || !own || /[$\0]/.test(name.value + cluster.value + own.value)) continue;
    const listed = new Set(cluster.value.split(",").map((entry) => entry.trim()));
    const missing = own.value
      .split(",")
      .map((address) => `${name.value}=${address.trim()}`)
      .find((entry) => !listed.has(entry));
    if (missing === undefined) continue;
    const message = `etcd's cluster "${cluster.value}" lacks ${missing}, its own member: etcd exits at once`;
    const hint = "write the same name and address in name, initial-cluster and initial-advertise-peer-urls";
    yield { rule: "values/etcd-member", at: cluster.spot, message, hint };
  }
}
