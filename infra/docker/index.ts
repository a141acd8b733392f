export { engineHost } from "../../engine/client.ts";
export type { DockerHost } from "../../machine/docker/host.ts";
export type { Machine } from "../machine.ts";
export { type PlanSandboxesArgs, planSandboxes } from "../plan-sandboxes.ts";
export type { ReservedPlans } from "../reserved-plans.ts";
export { type StackSettings, settingsFrom } from "../settings.ts";
export { DockerSandbox, type DockerSandboxArgs, type ServiceEndpoint } from "./sandbox.ts";
export type { SecretValues } from "./secrets.ts";
