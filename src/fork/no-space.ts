import { ConfigurationError } from "../model/problem.ts";
import type { ForkSource } from "./fork.ts";

/** The error of a server that has no room for another fork. */
export function noSpace({ service, inMemory }: ForkSource, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    `${service}: no space left for another fork; ` +
      (inMemory === undefined ? "drop forks, or free the engine's disk" : `drop forks, or raise ${inMemory}`),
    { cause },
  );
}
