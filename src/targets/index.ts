import type { TargetEntry } from "../sandbox/target.ts";

/** All targets. A new one is a folder and a line. */
export const TARGETS: readonly TargetEntry[] = [
  { name: "docker", runs: true, load: async () => (await import("../docker/target.ts")).DOCKER_TARGET },
  {
    ...{ name: "compose", runs: false, emits: "always" },
    load: async () => (await import("../compose/target.ts")).COMPOSE_TARGET,
  },
  {
    ...{ name: "gitlab", runs: false, emits: "always" },
    load: async () => (await import("../gitlab/target.ts")).GITLAB_TARGET,
  },
  {
    ...{ name: "kubernetes", runs: true, emits: "when named" },
    load: async () => (await import("../kubernetes/target.ts")).KUBERNETES_TARGET,
  },
];
