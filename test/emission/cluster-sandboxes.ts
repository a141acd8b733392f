import declared from "../../sandboxes/index.ts";
import { redis } from "../../src/catalog/redis.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { PRIVILEGED_IMAGES } from "../../src/model/plan/privilege.ts";
import type { Runner } from "../../src/model/runner/runner.ts";

/** Runners in a cluster, the least privileged first. */
export const RUNNERS_IN_CLUSTER: readonly Runner[] = [
  { name: "pods", tags: ["pods"], executor: "kubernetes" },
  { name: "image-builds", tags: ["image-builds"], executor: "kubernetes", userNamespaces: true },
  {
    ...{ name: "sandboxes", tags: ["sandboxes"], executor: "kubernetes" },
    sandboxes: { namespace: "ci-sandboxes", apiServer: ["10.0.0.5/32"] },
  },
  {
    ...{ name: "docker-in-docker", tags: ["docker-in-docker"], executor: "kubernetes" },
    ...{ privilegedServices: PRIVILEGED_IMAGES, sharedFolders: ["/certs/client"] },
  },
];

const colliding = sandbox("colliding", {
  services: { one: redis(), two: redis({ user: "999:1000" }) },
  jobs: {
    apart: { image: "redis:7-alpine", script: ["redis-cli -h one PING && redis-cli -h two PING"] },
  },
});
/** This project's sandboxes, and one whose services collide in a pod. */
export const CLUSTER_SANDBOXES = [...declared, colliding];
