import path from "node:path";

/** The names that Compose looks for, in its order. */
export const COMPOSE_FILES = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/** The path from a module's folder to the project's. */
export function projectFrom(module: string): string {
  return path.posix.relative(path.posix.dirname(module), ".") || ".";
}
