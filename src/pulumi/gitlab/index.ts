export type { Runner } from "../../model/runner/runner.ts";
export * from "../runner/gitlab-runner.ts";
export * from "../runner/gitlab-runner-args.ts";
export type { RunnerMirrorArgs } from "../runner/mirror-container.ts";
export type { RunnerScope } from "../runner/register-runner.ts";
export * from "./provider.ts";
export * from "./user-runner.ts";
