export { type DindSettings, type DockerConnection, dind } from "./dind.ts";
export type { Password } from "./password.ts";
export { type PostgresConnection, type PostgresSettings, postgres } from "./postgres.ts";
export { type RedisConnection, type RedisSettings, redis, valkey } from "./redis.ts";
export { type RegistryConnection, type RegistryMirrorSettings, registryMirror } from "./registry-mirror.ts";
