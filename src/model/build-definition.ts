import type { SecretReference } from "./text.ts";

/** How an image is built from a folder of the project. */
export interface BuildDefinition {
  /** The folder with the files of the build, relative to the project's. `.dockerignore` is honoured. */
  readonly context: string;
  /** The Dockerfile, relative to the context. @default "Dockerfile" */
  readonly dockerfile?: string;
  /** The stage to build. @default the last one */
  readonly target?: string;
  /** Values of the Dockerfile's `ARG`. The image's history shows them: use `secrets` for secrets. */
  readonly args?: Readonly<Record<string, string>>;
  /**
   * Secrets by the id that `RUN --mount=type=secret,id=…` names: `{ npm: secret("npm-token") }`. Builds read
   * their values from the environment, and need BuildKit. Another value builds nothing anew.
   */
  readonly secrets?: Readonly<Record<string, SecretReference>>;
  /** The platform of the image. @default that of the container, else the engine's own */
  readonly platform?: string;
  /** Images whose layers the build may use. @default none */
  readonly cacheFrom?: readonly string[];
}

/** An image that is built, instead of the reference of one. */
export interface Build {
  readonly build: BuildDefinition;
}

/** The image of a container: a reference that `docker pull` accepts, or a build. */
export type ImageSource = string | Build;

/**
 * An image that is built from a folder of the project, once for each content of it.
 *
 * @example
 * sandbox("shop", {
 *   services: { api: { image: build("api"), ports: [8080] } },
 *   jobs: { tests: { image: build({ context: "api", target: "tests" }), script: ["pytest"] } },
 * })
 * @param definition the folder of the build, or all of its properties
 */
export function build(definition: string | BuildDefinition): Build {
  return { build: typeof definition === "string" ? { context: definition } : definition };
}

/** The reference of an image; undefined for a build. */
export function imageReference(image: ImageSource): string | undefined {
  return typeof image === "string" ? image : undefined;
}
