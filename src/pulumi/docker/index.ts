export { engineHost } from "../../docker/engine-host.ts";
export type { DockerHost } from "../../docker/host.ts";
export type { DockerObjects } from "../../docker/lowering/lower-sandbox.ts";
export type { PlaceNetwork } from "../../model/plan/place-network.ts";
export { type StackSettings, settingsFrom } from "../../stacks/stack-settings.ts";
export { type PlacedSandboxes, type PlanSandboxesArgs, planSandboxes } from "../plan-sandboxes.ts";
export { DockerSandbox, type DockerSandboxArgs, type ServiceEndpoint } from "./docker-sandbox.ts";
export type { SecretValues } from "./secrets.ts";
