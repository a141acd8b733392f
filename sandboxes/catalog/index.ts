export * from "./dind.ts";
export * from "./password.ts";
export * from "./postgres.ts";
export * from "./redis.ts";
export * from "./registry-mirror.ts";
