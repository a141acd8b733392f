import type { Problem } from "../problem.ts";
import type { Sandbox, SandboxDefinition } from "./declaration.ts";
import { shapeProblems } from "./declaration-shape.ts";
import { evaluateEnvironment, variablesProblems } from "./evaluate-environment.ts";
import { invalidSandbox } from "./invalid-sandbox.ts";
import { referencesTo } from "./references.ts";
import { marked } from "./sandbox-origin.ts";
import type { ServiceDefinition, WrittenEnvironment, WrittenService } from "./service.ts";
import { problemsOf } from "./validation.ts";

export type { DeclaredJob, NetworkDefinition, Sandbox, SandboxDefinition } from "./declaration.ts";

/** A declared service after the check of its types. */
type CheckedService<Connections> = Omit<ServiceDefinition, "env"> &
  Pick<WrittenService, "connection" | "variables"> & { readonly env?: WrittenEnvironment<Connections> };

/**
 * Declares a sandbox: a set of services on private networks, and the jobs that run against them.
 *
 * @example
 * sandbox("snake", {
 *   services: { cache: redis({ alias: "some-random-cache" }) },
 *   jobs: {
 *     tests: { image: "python:3.10", env: ({ cache }) => cache.variables, script: ["pytest -q"] },
 *   },
 * })
 * Does not throw for an invalid declaration. Whoever reads one, such as {@link plan}, a component or a
 * command on it, throws a DeclarationError with all wrong types and values, or else with all wrong
 * relations between properties.
 * @param name at most 40 lower-case letters, digits and dashes
 */
export function sandbox<Connections>(
  name: string,
  definition: SandboxDefinition<Connections>,
): Sandbox<Connections> {
  const wrongTypes = shapeProblems(name, definition);
  if (wrongTypes.length > 0) return marked(invalidSandbox(name, wrongTypes));
  const { networks = { default: {} }, volumes = [], jobs = {} } = definition;
  const { description, perBranch = false } = definition;
  const problems: Problem[] = [];
  const services = Object.fromEntries(
    Object.entries(definition.services as Readonly<Record<string, CheckedService<Connections>>>).map(
      ([key, service]) => {
        const found = variablesProblems(`${name}.services.${key}.variables`, key, service);
        problems.push(...found);
        // Whoever refers to the service has no further problem.
        return [key, found.length === 0 ? service : { ...service, variables: () => ({}) }];
      },
    ),
  );
  const declare = <Container extends { readonly env?: WrittenEnvironment<Connections> }>(
    group: "services" | "jobs",
    containers: Readonly<Record<string, Container>>,
  ) =>
    Object.fromEntries(
      Object.entries(containers).map(([key, { env: written, ...container }]) => {
        const path = `${name}.${group}.${key}.env`;
        const references = referencesTo<Connections>(path, name, services);
        const { problems: found, ...evaluated } = evaluateEnvironment(path, group, written, references);
        problems.push(...found);
        return [key, { ...container, ...evaluated }];
      }),
    );
  const declared: Sandbox = {
    name,
    ...(description === undefined ? {} : { description }),
    ...(perBranch === false ? {} : { perBranch: perBranch === true ? {} : perBranch }),
    networks,
    volumes,
    services: declare("services", services),
    jobs: declare("jobs", jobs),
  };
  const all = [...problems, ...problemsOf(declared)];
  return marked(all.length > 0 ? invalidSandbox(name, all) : (declared as Sandbox<Connections>));
}
