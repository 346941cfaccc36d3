/** What suites may use; they import nothing else of the project. */
export {
  bootIdCommand,
  type BootKind,
  type ExecResult,
  GuideFailure,
  InfrastructureError,
  memberId,
  sh,
} from "./engine.ts";
export { factsOf, forgeClient } from "./certificates.ts";
export type { Cluster } from "./cluster.ts";
export { eventually } from "./eventually.ts";
export { expect, expectFields, expectList, expectSigned, lacking } from "./expect.ts";
export { test } from "./fixture.ts";
export { readHeartbeats } from "./heartbeats.ts";
export type { FaultRecord, Hop } from "./record.ts";
export { listOf, type Watch } from "./kubectl.ts";
export type { SuiteMachine } from "./machine.ts";
export { oncePer } from "./once.ts";
export { capture, deviceTo, headers } from "./packets/capture.ts";
export type { Frame } from "./packets/frames.ts";
export { guards, machines, nodes, profile, slowness } from "./run.ts";
export { certificateOf, shaped, shapedJson } from "./shape.ts";
export { answered, type TlsAnswer } from "./tls.ts";
export { shown } from "./words.ts";
export { askDirectly, inNetworkOf, type Pod } from "./workload/pod.ts";
export type { Service, Services } from "./workload/workload.ts";
