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
export { listOf } from "./kubectl.ts";
export type { SuiteMachine } from "./machine.ts";
export { oncePer } from "./once.ts";
export { guards, machines, nodes, profile, slowness } from "./run.ts";
export { certificateOf, shaped, shapedJson } from "./shape.ts";
export { answered, type TlsAnswer } from "./tls.ts";
export { shown } from "./words.ts";
export { askDirectly, inNetworkOf, type Pod, type Service, type Services } from "./workload.ts";
