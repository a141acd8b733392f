import { readFacts } from "../../docker/facts.ts";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { renderText, secretsIn } from "../../model/text.ts";
import {
  joinVariables,
  type ReachableService,
  reachableServices,
  requireReachable,
  servicesAt,
} from "../stack/reachable-services.ts";
import { runningNamespace } from "../stack/running-component.ts";
import { readSecrets } from "../stack/secret-values.ts";
import { formatVariables, type VariableFormat } from "../tables/variable-formats.ts";
import type { Target } from "../workspace/project.ts";
import {
  type ClusterWorkspace,
  type EngineWorkspace,
  isInCluster,
  withWorkspace,
} from "../workspace/workspace.ts";

/** The options of `nestbox env`, which its help describes. */
interface EnvOptions {
  readonly format: VariableFormat;
  readonly fromEngineHost?: boolean;
  readonly component?: string;
}

/**
 * `nestbox env [SANDBOX]`: prints the variables with which programs on this machine reach the services.
 * @throws ConfigurationError for an unknown sandbox, without a running service that publishes a port, and for
 * an engine on another machine
 */
export function env(target: Target, sandboxName: string | undefined, options: EnvOptions): Promise<number> {
  return withWorkspace(target, { pulumi: true, plans: () => [] }, async (workspace) => {
    const { project } = workspace;
    const { component } = options;
    const sandboxes = project.selected.filter(
      ({ name }) => sandboxName === undefined || name === sandboxName,
    );
    if (sandboxes.length === 0 && sandboxName !== undefined) {
      const known = project.selected.map(({ name }) => name).join(", ");
      throw new ConfigurationError(
        `stack ${project.stack}: has no sandbox "${sandboxName}"; its sandboxes: ${known || "none"}`,
      );
    }
    if (component !== undefined && sandboxes.length > 1)
      throw new ConfigurationError(`--component: ${component} has one sandbox; name it: nestbox env SANDBOX`);
    const services = isInCluster(workspace)
      ? await insideCluster(workspace, sandboxes, component)
      : await onEngine(workspace, sandboxes, options);
    const variables = joinVariables(services);
    const secrets = await readSecrets(workspace, [{ secrets: Object.values(variables).flatMap(secretsIn) }]);
    const values = Object.entries(variables).map(
      ([name, value]) => [name, renderText(value, (secret) => secrets[secret] ?? "")] as const,
    );
    process.stdout.write(formatVariables(Object.fromEntries(values), options.format));
    return 0;
  });
}

async function onEngine(
  { owner, project, engine }: EngineWorkspace,
  sandboxes: readonly Sandbox[],
  { fromEngineHost = false, component }: EnvOptions,
): Promise<readonly ReachableService[]> {
  const services = reachableServices(sandboxes, await readFacts(engine), owner, component);
  if (services.length === 0) {
    throw new ConfigurationError(
      `stack ${project.stack}: no running service publishes a port; ` +
        "set publish: true on one, then run nestbox up",
    );
  }
  if (!fromEngineHost) requireReachable(engine, services);
  return services;
}

/** The addresses that pods of the sandbox use, with a word on how to reach them from here. */
async function insideCluster(
  { owner, project, place, progress }: ClusterWorkspace,
  sandboxes: readonly Sandbox[],
  chosen: string | undefined,
): Promise<readonly ReachableService[]> {
  const { serviceNames } = await import("../../kubernetes/lowering/service-names.ts");
  const owned = await place.readOwned(owner);
  const services = sandboxes.flatMap((sandbox) => {
    const namespace = runningNamespace(sandbox.name, owned, owner, chosen);
    const plan = project.plans.find((planned) => planned.sandbox === sandbox.name);
    return servicesAt(sandbox, (key, port) => {
      const service = plan?.services.find((planned) => planned.key === key);
      const [alias] = plan && service ? serviceNames(plan, service) : [];
      return namespace && alias ? { host: `${alias}.${namespace.name}.svc`, port } : undefined;
    });
  });
  if (services.length === 0)
    throw new ConfigurationError(
      `stack ${project.stack}: no service with ports is up in the cluster; run nestbox up first`,
    );
  const remedy = "nestbox run SANDBOX -- COMMAND";
  progress.warn(`these addresses are inside the cluster; to reach them from this machine: ${remedy}`);
  return services;
}
