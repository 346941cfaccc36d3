/** What suites may use; they import nothing else of the project. */
export {
  bootIdCommand,
  type BootKind,
  byMemberId,
  type ExecResult,
  GuideFailure,
  InfrastructureError,
  killUnit,
  median,
  memberId,
  sh,
  shortly,
  UsageError,
} from "../../harness/cluster.ts";
export { acceptedUntil, factsOf, forgeClient } from "./tls/certificates.ts";
export type { Cluster } from "./cluster.ts";
export { eventually } from "./waits/eventually.ts";
export { type Asked, expectAnswered, fateOf, patience, pinged } from "./expect/answered.ts";
export { expect, expectFields, expectList, expectSigned, lacking } from "./expect/expect.ts";
export { test } from "./fixture.ts";
export { readHeartbeats } from "./heartbeats.ts";
export type { FaultRecord, Hop } from "./trace/record.ts";
export { nobody, ownContainers, ownKeys } from "./leftovers.ts";
export { listOf, type Watch, withOwn } from "./kubectl.ts";
export type { SuiteMachine } from "./machine.ts";
export { traceAccess, traceProof } from "./trace/access-trace.ts";
export { oncePer } from "./trace/once.ts";
export { capture, deviceTo, expectSeen } from "./packets/capture.ts";
export { type Frame, vxlanPort } from "./packets/frames.ts";
export { largestPayload, tunnelMtu } from "./packets/mtu.ts";
export { inOnePiece, ping } from "./packets/ping.ts";
export { bootstrap, flannel, guards, kubelet, machines, members, nodes, profile, slowness } from "./run.ts";
export { certificateOf, shaped, shapedJson } from "./expect/shape.ts";
export { answered, type TlsAnswer } from "./tls/tls.ts";
export { compared, shown } from "./expect/words.ts";
export {
  appsPath,
  availableOf,
  createDeployment,
  deploymentObject,
  replicaSetsMade,
  replicaSetsOf,
} from "./workload/deployment.ts";
export { ownLabel } from "./workload/manifest.ts";
export { askDirectly, inNetworkOf, type Pod } from "./workload/pod.ts";
export type { Service, Services } from "./workload/workload.ts";
