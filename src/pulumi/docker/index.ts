export type { Runner } from "../../model/runner/runner.ts";
export * from "../runner/gitlab-runner.ts";
export * from "../runner/gitlab-runner-args.ts";
export type { RunnerMirrorArgs } from "../runner/mirror-container.ts";
export type { RunnerScope } from "../runner/register-runner.ts";
export { DockerSandbox } from "./docker-sandbox.ts";
export type { DockerSandboxArgs } from "./docker-sandbox-args.ts";
export type { SecretValues } from "./secrets.ts";
export type { AddressOutputs, ServiceOutputs } from "./service-outputs.ts";
