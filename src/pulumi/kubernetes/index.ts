export type { KubernetesRunner } from "../../model/runner/runner.ts";
export { ClusterRunner } from "../runner/cluster-runner.ts";
export type { ClusterRunnerArgs } from "../runner/cluster-runner-args.ts";
export type { RunnerScope } from "../runner/register-runner.ts";
export type { AddressOutputs } from "../sandbox/address-outputs.ts";
export type { SecretValues } from "../sandbox/secrets.ts";
export type { ClusterServiceOutputs } from "./cluster-service-outputs.ts";
export { KubernetesSandbox, type KubernetesSandboxArgs } from "./kubernetes-sandbox.ts";
