import { DOCKER_HUB_REGISTRY, imageLocation } from "../../registry/image-registry.ts";
import type { DockerRefused } from "../api.ts";
import type { RegistryAccess } from "./registry-access.ts";

/** Why a registry refuses a pull or a push. */
interface Refusal {
  readonly message: string;
  /** Whether the message names the remedy. */
  readonly hasRemedy: boolean;
}

/** What a refusal of registries means that depends on the request. */
interface Meanings {
  /** Of one without a login, which is denied. */
  readonly denied: string;
  /** Of one with the login of a source, which is denied. */
  readonly deniedTo: (source: string) => string;
  /** Of an image or repository that the registry does not have. */
  readonly missing: string;
}

/** Registries refuse a missing or wrong login in many words. */
const UNAUTHORIZED =
  /no basic auth credentials|unauthorized|authentication required|\b401\b|(incorrect|invalid) username/i;

/** The answer of those that hide which images they have. */
const DENIED = /denied|forbidden|\b403\b/i;

const MISSING = /manifest unknown|name unknown|not found|no such image|\b404\b/i;

/** Tells a missing login from a refused one and from a missing image, with the words of the registry. */
export function explainRefusal(
  { message }: DockerRefused,
  image: string,
  { searched: { found, problems }, obstacle }: RegistryAccess,
  { denied, deniedTo, missing }: Meanings,
): Refusal {
  const { registry } = imageLocation(image);
  const login = registry === DOCKER_HUB_REGISTRY ? "docker login" : `docker login ${registry}`;
  const refused = (reason: string, hasRemedy = true): Refusal => {
    const unread = problems.map((problem) => `\n  a login was not read: ${problem}`);
    return { message: reason + unread.join(""), hasRemedy };
  };
  const isUnauthorized = UNAUTHORIZED.test(message);
  if (isUnauthorized || DENIED.test(message)) {
    if (found === undefined)
      return refused(
        isUnauthorized
          ? `${registry} requires a login, and this machine has none for it; run ${login} (${message})`
          : `${registry} ${denied}, or run ${login} (${message})`,
      );
    if (obstacle !== undefined)
      return refused(
        `${registry} requires a login, and that of ${found.source} was not sent: ${obstacle} (${message})`,
      );
    return refused(
      isUnauthorized
        ? `${registry} refuses the login of ${found.source}; correct it there, or run ${login} (${message})`
        : `${registry} ${deniedTo(found.source)}, or run ${login} with another one (${message})`,
    );
  }
  if (MISSING.test(message)) return refused(`${registry} ${missing} (${message})`);
  return refused(message, false);
}
