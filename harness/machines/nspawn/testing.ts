import type { ClusterSpec } from "../machine.ts";

/** The guide's machines, for tests with real ones. `artifacts` is a host folder. */
export const testSpec = (id: string, artifacts: string): ClusterSpec => ({
  id,
  kubernetes: "1.20.2",
  artifacts,
  needs: {},
  online: false,
  machines: [
    { name: "t71", address: "192.168.4.71", role: "master" },
    { name: "t72", address: "192.168.4.72", role: "node" },
    { name: "t76", address: "192.168.4.76", role: "node" },
  ],
});
