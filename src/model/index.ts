export { type Build, type BuildDefinition, build, type ImageSource } from "./build-definition.ts";
export type { JobDefinition } from "./declaration/job.ts";
export {
  type DeclaredJob,
  type NetworkDefinition,
  type Sandbox,
  type SandboxDefinition,
  sandbox,
} from "./declaration/sandbox.ts";
export type {
  CatalogService,
  Connection,
  ContainerDefinition,
  DeclaredService,
  References,
  Service,
  ServiceDefinition,
  ServiceReference,
  WrittenEnvironment,
  WrittenService,
} from "./declaration/service.ts";
export type { Duration } from "./duration.ts";
export type { FileSource } from "./file-source.ts";
export type { GitLabSettings, ServiceStrategy } from "./gitlab-settings.ts";
export { LABEL, type Labels } from "./labels.ts";
export type { Limits } from "./limits.ts";
export { refSlug, uniqueName } from "./names.ts";
export type { PerBranch } from "./per-branch.ts";
export type * from "./plan/plan.ts";
export { type PlanOptions, plan } from "./plan/plan-sandbox.ts";
export { PRIVILEGED_IMAGES } from "./plan/privilege.ts";
export * from "./probe.ts";
export { ConfigurationError, DeclarationError, type Problem } from "./problem.ts";
export { requireRunners, runnerWarnings } from "./runner/check-runners.ts";
export type { DockerRunner, KubernetesRunner, PullPolicy, Runner } from "./runner/runner.ts";
export { secretVariable } from "./secret-variable.ts";
export type { SeedStep } from "./seed.ts";
export type { Size } from "./size.ts";
export type { Condition } from "./start-order.ts";
export { type Environment, renderText, type SecretReference, secret, type Text, text } from "./text.ts";
