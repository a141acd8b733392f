export type { Runner } from "../../model/runner/runner.ts";
export * from "../runner/gitlab-runner.ts";
export * from "../runner/gitlab-runner-args.ts";
export type { RunnerScope } from "../runner/registration.ts";
export type { RunnerMirrorArgs } from "../runner/registry-mirror.ts";
export * from "./provider.ts";
export * from "./user-runner.ts";
