export type { Runner } from "../../sandboxes/model/runner.ts";
export * from "../runner/gitlab-runner.ts";
export * from "./provider.ts";
export * from "./user-runner.ts";
