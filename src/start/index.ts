export { CannotFork } from "../fork/cannot-fork.ts";
export type { Fork, ForkOptions, ForkSource, ForkValues, Seeded } from "../fork/fork.ts";
export { forkFrom } from "../fork/fork-from.ts";
export * from "../model/index.ts";
export { type FailedService, ServicesFailed } from "../sandbox/services-failed.ts";
export type { Abort } from "./abort.ts";
export { start } from "./start.ts";
export type { StartOptions } from "./start-options.ts";
export type {
  ExecOptions,
  ExecResult,
  ForkedService,
  JobOptions,
  JobResult,
  LogLine,
  LogOptions,
  ServiceAtAddress,
  Started,
  StartedSandbox,
  StartedService,
} from "./started-sandbox.ts";
