export type { AddressOutputs } from "../sandbox/address-outputs.ts";
export type { SecretValues } from "../sandbox/secrets.ts";
export type { ClusterServiceOutputs } from "./cluster-service-outputs.ts";
export { KubernetesSandbox } from "./kubernetes-sandbox.ts";
export type { KubernetesSandboxArgs } from "./kubernetes-sandbox-args.ts";
