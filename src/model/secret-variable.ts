export const SECRET_PREFIX = "NESTBOX_SECRET_";

/** The environment variable of a secret: NESTBOX_SECRET_REDIS_PASSWORD for `redis-password`. */
export function secretVariable(name: string): string {
  return `${SECRET_PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}
