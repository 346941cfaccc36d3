import { stringify } from "yaml";
import type { RunningCluster } from "../../machine.ts";
import type { HostOs } from "./file.ts";

/** An inventory file that names the machines of a running cluster as hosts. */
export function inventoryOf({ machines, spec }: RunningCluster, os: HostOs): string {
  const hosts = machines.map(({ spec: machine, endpoint }) => ({
    name: machine.name,
    role: machine.role,
    address: machine.address,
    host_key: endpoint.hostKey,
    ssh: {
      ...(endpoint.transport.kind === "unix"
        ? { socket: endpoint.transport.path }
        : { host: endpoint.transport.host, port: endpoint.transport.port }),
      user: endpoint.user,
      ...(endpoint.sudo && { sudo: true }),
      key: endpoint.privateKeyFile,
    },
  }));
  return `# The machines of the cluster ${spec.id}\n${stringify({ os, hosts }, { lineWidth: 0 })}`;
}
