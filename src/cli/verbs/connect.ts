import { clientOf } from "../../model/declaration/service.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { StackChoice } from "../../project/project.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import type { Operands } from "../operands.ts";
import { type ExecOptions, inService } from "./exec.ts";

/**
 * `nestbox connect [SANDBOX] SERVICE [-- ARGUMENTS]`: runs the client of a service in its container, such as
 * psql.
 * @returns the exit code of the client
 * @throws ConfigurationError for a service without a client
 */
export function connect(
  choice: StackChoice,
  { named, command: words = [] }: Operands,
  options: ExecOptions,
  invocation: Invocation,
): Promise<number> {
  return inService(
    choice,
    named,
    ({ sandbox, service }) => {
      const client = clientOf(sandbox, service);
      if (client !== undefined) return [...client, ...words];
      throw new ConfigurationError(
        `${sandbox.name}.services.${service}: has no client; set client: ["PROGRAM"] on it, ` +
          `or run a program of its image: nestbox exec ${sandbox.name} ${service} -- PROGRAM`,
      );
    },
    options,
    invocation,
  );
}
