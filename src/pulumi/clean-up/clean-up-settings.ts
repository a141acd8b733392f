import { type Duration, parseDuration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";

/** What a stack's configuration says about the clean-up that it keeps. */
export interface CleanUpSettings {
  /** The image that container/Dockerfile makes. */
  readonly image: string;
  /** @default "1h" */
  readonly every?: Duration;
  /** The engine's socket, as its host sees it. @default "/var/run/docker.sock" */
  readonly dockerSocket?: string;
}

const KEYS = ["image", "every", "dockerSocket"];

/**
 * The setting `nestbox:cleanUp` of a stack.
 * @param place what to name in errors: `Pulumi.ci.yaml: nestbox:cleanUp`
 * @throws ConfigurationError for what is missing, unknown, or of the wrong type
 */
export function cleanUpSettingsFrom(value: unknown, place: string): CleanUpSettings {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigurationError(`${place} must hold ${KEYS.join(", ")}; see docs/reference-settings.md`);
  }
  const said = value as Readonly<Record<string, unknown>>;
  const stranger = Object.keys(said).find((key) => !KEYS.includes(key));
  if (stranger !== undefined) {
    throw new ConfigurationError(`${place}.${stranger} is not a setting; there are ${KEYS.join(", ")}`);
  }
  const { image, every, dockerSocket } = said;
  if (typeof image !== "string" || image === "") {
    throw wrong(`${place}.image`, image, "the image that container/Dockerfile makes");
  }
  if (every !== undefined && (typeof every !== "string" || parseDuration(every) === undefined)) {
    throw wrong(`${place}.every`, every, 'a duration such as "1h"');
  }
  if (dockerSocket !== undefined && (typeof dockerSocket !== "string" || !dockerSocket.startsWith("/"))) {
    throw wrong(`${place}.dockerSocket`, dockerSocket, "the path of the engine's socket on its host");
  }
  return {
    image,
    ...(every !== undefined && { every: every as Duration }),
    ...(dockerSocket !== undefined && { dockerSocket }),
  };
}

function wrong(place: string, value: unknown, wanted: string): ConfigurationError {
  return new ConfigurationError(`${place} is ${JSON.stringify(value) ?? "missing"}; it must be ${wanted}`);
}
