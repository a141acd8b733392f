import { type COMPILED_PROGRAMS, GITLAB_RUNNER } from "./compiled-programs.ts";

/** An image built from Debian's packages under the name of a public image. */
export interface StandIn {
  /** The public name with its tag. */
  readonly name: string;
  /** The folder beside this file with its Dockerfile. */
  readonly folder: string;
  /** The folder in airgap/ with programs that are compiled into it. */
  readonly programs?: keyof typeof COMPILED_PROGRAMS;
  /** Whether it pulls images itself, from its engine's mirror. @default false */
  readonly pulls?: boolean;
  /**
   * Whether only a sandbox that has it, and `npm test -- --all`, build it: a server of the catalog that takes
   * long to install or to start.
   * @default false
   */
  readonly onRequest?: boolean;
  /** Another image that it requires. */
  readonly needs?: string;
}

/** Label of every stand-in; its value describes it. */
export const STAND_IN_LABEL = "nestbox.stand-in";
/** Label of every stand-in: the hash of its sources. Another hash causes a new build. */
export const RECIPE_LABEL = "nestbox.stand-in.recipe";
/** Label of a stand-in that pulls images itself: the address of its mirror. */
export const MIRROR_LABEL = "nestbox.stand-in.mirror";
/** Label of all images built from the base, also of dangling ones. */
export const BASE_LABEL = "nestbox.stand-in.base";

/**
 * The helper image of gitlab-runner's own version:
 * https://docs.gitlab.com/runner/configuration/advanced-configuration/#helper-image
 */
const HELPER_IMAGE =
  "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:" +
  `${process.arch === "arm64" ? "arm64" : "x86_64"}-v${GITLAB_RUNNER.version}`;

/** The images of a gitlab-runner: its own and its helper's. */
export const GITLAB_RUNNER_IMAGES = ["gitlab/gitlab-runner:v19.3.0", HELPER_IMAGE] as const;

export const STAND_INS: readonly StandIn[] = [
  { name: "alpine:3.19", folder: "alpine" },
  { name: "redis:7-alpine", folder: "redis" },
  { name: "valkey/valkey:8-alpine", folder: "valkey" },
  { name: "postgres:17-alpine", folder: "postgres" },
  { name: "python:3.10", folder: "python" },
  { name: "docker:25.0.0-cli", folder: "docker-cli" },
  { name: "docker:dind", folder: "docker-dind" },
  { name: "registry:3", folder: "registry" },
  { name: "moby/buildkit:rootless", folder: "buildkit", programs: "buildkit", pulls: true },
  { name: "firecow/gitlab-ci-local-util:latest", folder: "gitlab-ci-local-util" },
  { name: "sumina46/wait-for-it:latest", folder: "wait-for-it" },
  { name: "memcached:1.6-alpine", folder: "memcached" },
  { name: "nats:2.11-alpine", folder: "nats" },
  { name: "eclipse-mosquitto:2.0.22", folder: "mosquitto" },
  { name: "nginx:1.28-alpine", folder: "nginx" },
  { name: "quay.io/coreos/etcd:v3.5.21", folder: "etcd" },
  { name: "mariadb:11.8", folder: "mariadb", onRequest: true },
  { name: "rabbitmq:4-management-alpine", folder: "rabbitmq", onRequest: true },
  { name: "pgvector/pgvector:pg17", folder: "pgvector", onRequest: true },
  { name: "postgis/postgis:17-3.5-alpine", folder: "postgis", onRequest: true },
  { name: "osixia/openldap:1.5.0", folder: "openldap", onRequest: true },
  { name: "motoserver/moto:5.1.22", folder: "moto", onRequest: true },
  { name: "chrislusf/seaweedfs:4.00", folder: "seaweedfs", onRequest: true },
  { name: "mcr.microsoft.com/azure-storage/azurite:3.35.0", folder: "azurite", onRequest: true },
  { name: "maildev/maildev:2.2.1", folder: "maildev", onRequest: true },
  { name: "wiremock/wiremock:3.13.1", folder: "wiremock", onRequest: true },
  { name: "apache/kafka:4.0.0", folder: "kafka", onRequest: true },
  { name: "apache/activemq-classic:5.18.3", folder: "activemq", onRequest: true },
  { name: GITLAB_RUNNER_IMAGES[0], folder: "gitlab-runner", programs: "gitlab-runner", needs: HELPER_IMAGE },
  { name: GITLAB_RUNNER_IMAGES[1], folder: "gitlab-runner-helper", programs: "gitlab-runner" },
];
