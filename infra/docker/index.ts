export * from "../machine.ts";
export * from "../settings.ts";
export * from "../stack-plan.ts";
export * from "./sandbox.ts";
export type { SecretValues } from "./secrets.ts";
