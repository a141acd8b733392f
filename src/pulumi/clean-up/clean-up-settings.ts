import { type Duration, parseDuration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";

/** The setting `nestbox:cleanUp` of a stack. */
export interface CleanUpSettings {
  /** The image built from container/Dockerfile. */
  readonly image: string;
  /** The interval between two removals. @default "1h" */
  readonly every?: Duration;
  /** The path of the engine's socket on its host. @default "/var/run/docker.sock" */
  readonly dockerSocket?: string;
}

const KEYS = ["image", "every", "dockerSocket"];

/**
 * Parses the setting `nestbox:cleanUp` of a stack.
 * @param place the start of error messages: `Pulumi.ci.yaml: nestbox:cleanUp`
 * @throws ConfigurationError for a missing or unknown key, or an invalid value
 */
export function cleanUpSettingsFrom(value: unknown, place: string): CleanUpSettings {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigurationError(
      `${place}: is not a map of ${KEYS.join(", ")}; see docs/reference-settings.md`,
    );
  }
  const unknownKey = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknownKey !== undefined) {
    throw new ConfigurationError(`${place}.${unknownKey}: unknown setting; use one of ${KEYS.join(", ")}`);
  }
  const { image, every, dockerSocket } = value as Readonly<Record<string, unknown>>;
  if (typeof image !== "string" || image === "") {
    throw wrong(`${place}.image`, image, "the image built from container/Dockerfile");
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
  return new ConfigurationError(`${place}: is ${JSON.stringify(value) ?? "missing"}; set ${wanted}`);
}
