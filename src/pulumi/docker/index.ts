export { engineHost } from "../../docker/client.ts";
export type { DockerHost } from "../../docker/host.ts";
export type { Machine } from "../../stacks/machine.ts";
export type { ReservedPlans } from "../../stacks/reserved-plans.ts";
export { type StackSettings, settingsFrom } from "../../stacks/settings.ts";
export { type PlanSandboxesArgs, planSandboxes } from "../plan-sandboxes.ts";
export { DockerSandbox, type DockerSandboxArgs, type ServiceEndpoint } from "./sandbox.ts";
export type { SecretValues } from "./secrets.ts";
