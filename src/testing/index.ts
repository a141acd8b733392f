export { type SandboxForTests, sandboxFor } from "./sandbox-for.ts";
export type { SandboxForOptions } from "./sandbox-for-options.ts";
export type { Scope } from "./scope.ts";
