export type { AddressOutputs } from "../sandbox/address-outputs.ts";
export type { SecretValues } from "../sandbox/secrets.ts";
export type { ClusterServiceOutputs } from "./cluster-service-outputs.ts";
export { KubernetesSandbox, type KubernetesSandboxArgs } from "./kubernetes-sandbox.ts";
