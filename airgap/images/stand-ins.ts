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
  { name: GITLAB_RUNNER_IMAGES[0], folder: "gitlab-runner", programs: "gitlab-runner", needs: HELPER_IMAGE },
  { name: GITLAB_RUNNER_IMAGES[1], folder: "gitlab-runner-helper", programs: "gitlab-runner" },
];
