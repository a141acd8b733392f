/** What the environment variables that hold secrets begin with. */
export const SECRET_PREFIX = "NESTBOX_SECRET_";

/**
 * The environment variable that holds a secret's value: `redis-password` is in NESTBOX_SECRET_REDIS_PASSWORD.
 */
export function secretVariable(name: string): string {
  return `${SECRET_PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}
