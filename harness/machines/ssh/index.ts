export { connect, type ConnectOptions } from "./connect.ts";
export type {
  Connection,
  ExecResult,
  FileOptions,
  KeptShell,
  OutputChunk,
  RunOptions,
} from "./connection.ts";
