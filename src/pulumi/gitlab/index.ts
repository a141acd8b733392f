export * from "./provider.ts";
export * from "./user-runner.ts";
