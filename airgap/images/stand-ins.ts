import { type COMPILED_PROGRAMS, GITLAB_RUNNER } from "./compiled-programs.ts";

/** An image made of Debian's packages that serves under the name of a public one. */
export interface StandIn {
  /** The public name, as sandboxes and files have it; always with a tag. */
  readonly name: string;
  /** The folder beside this file with its Dockerfile. */
  readonly folder: string;
  /** The folder in airgap/ with programs that are compiled into it. */
  readonly programs?: keyof typeof COMPILED_PROGRAMS;
  /** Whether it pulls images itself, from the mirror of the engine that it is built on. @default false */
  readonly pulls?: boolean;
  /** Another image that it cannot work without. */
  readonly needs?: string;
}

/** Label of every stand-in; its value describes it. */
export const STAND_IN_LABEL = "nestbox.stand-in";
/** Label of every stand-in: the hash of what it was built from; another one means a new build. */
export const RECIPE_LABEL = "nestbox.stand-in.recipe";
/** Label of a stand-in that pulls images itself: the address of its mirror. */
export const MIRROR_LABEL = "nestbox.stand-in.mirror";
/** Label of all images that are made of the base, those without a tag too. */
export const BASE_LABEL = "nestbox.stand-in.base";

/**
 * The image that gitlab-runner's own version asks for beside each job:
 * https://docs.gitlab.com/runner/configuration/advanced-configuration/#helper-image
 */
const HELPER_IMAGE = `registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:${process.arch === "arm64" ? "arm64" : "x86_64"}-v${GITLAB_RUNNER.version}`;

/** What a gitlab-runner needs of images beside those of its jobs: its own and its helper's. */
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
