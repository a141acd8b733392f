import { readFacts } from "../../docker/facts.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { renderText, secretsIn } from "../../model/text.ts";
import { joinVariables, reachableServices, requireReachable } from "../stack/reachable-services.ts";
import { readSecrets } from "../stack/secret-values.ts";
import { formatVariables, type VariableFormat } from "../tables/variable-formats.ts";
import type { Place } from "../workspace/project.ts";
import { ownerLabel } from "../workspace/stack-plan.ts";
import { withWorkspace } from "../workspace/workspace.ts";

/** What `nestbox env` prints, and for whom. */
interface EnvOptions {
  readonly format: VariableFormat;
  /**
   * For programs on the engine's host, or behind a tunnel to it, rather than on this machine.
   * @default false
   */
  readonly fromEngineHost?: boolean;
}

/**
 * `nestbox env [SANDBOX]`: the variables by which programs on this machine reach the stack's services, on
 * standard output.
 * @throws ConfigurationError when there is no such sandbox, when none of its services is published and up,
 * and when the engine is on another machine
 */
export function env(
  place: Place,
  sandboxName: string | undefined,
  { format, fromEngineHost = false }: EnvOptions,
): Promise<number> {
  return withWorkspace(place, { pulumi: true, plans: () => [] }, async (workspace) => {
    const { project, engine } = workspace;
    const sandboxes = project.selected.filter(
      ({ name }) => sandboxName === undefined || name === sandboxName,
    );
    if (sandboxes.length === 0 && sandboxName !== undefined) {
      const known = project.selected.map(({ name }) => name).join(", ");
      throw new ConfigurationError(
        `no sandbox "${sandboxName}" on stack ${project.stack}; it has ${known || "none"}`,
      );
    }
    const services = reachableServices(sandboxes, await readFacts(engine), ownerLabel(project, process.env));
    if (services.length === 0) {
      throw new ConfigurationError(
        `stack ${project.stack}: no service is up and published; give one publish: true, then: nestbox up`,
      );
    }
    if (!fromEngineHost) requireReachable(engine, services);
    const variables = joinVariables(services);
    const secrets = await readSecrets(workspace, [{ secrets: Object.values(variables).flatMap(secretsIn) }]);
    const values = Object.entries(variables).map(
      ([name, value]) => [name, renderText(value, (secret) => secrets[secret] ?? "")] as const,
    );
    process.stdout.write(formatVariables(Object.fromEntries(values), format));
    return 0;
  });
}
