import { type Problem, requireNone } from "../problem.ts";
import type { Sandbox, SandboxDefinition } from "./declaration.ts";
import { shapeProblems } from "./declaration-shape.ts";
import { evaluateEnvironment } from "./evaluate-environment.ts";
import { referencesTo } from "./references.ts";
import { markOrigin } from "./sandbox-origin.ts";
import type { ServiceDefinition, WrittenEnvironment } from "./service.ts";
import { problemsOf } from "./validation.ts";

export type { DeclaredJob, NetworkDefinition, Sandbox, SandboxDefinition } from "./declaration.ts";

/** A declared service after the check of its types. */
type CheckedService<Connections> = Omit<ServiceDefinition, "env"> & {
  readonly env?: WrittenEnvironment<Connections>;
};

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
 * @param name at most 40 lower-case letters, digits and dashes
 * @throws DeclarationError with all wrong types, or, if there are none, with all other problems
 */
export function sandbox<Connections>(
  name: string,
  definition: SandboxDefinition<Connections>,
): Sandbox<Connections> {
  requireNone(shapeProblems(name, definition));
  const { services, networks = { default: {} }, volumes = [], jobs = {} } = definition;
  const { description, perBranch = false } = definition;
  const problems: Problem[] = [];
  const declare = <Container extends { readonly env?: WrittenEnvironment<Connections> }>(
    group: "services" | "jobs",
    containers: Readonly<Record<string, Container>>,
  ) =>
    Object.fromEntries(
      Object.entries(containers).map(([key, { env: written, ...container }]) => {
        const path = `${name}.${group}.${key}.env`;
        const references = referencesTo<Connections>(path, name, services);
        const { problems: found, ...evaluated } = evaluateEnvironment(path, written, references);
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
    services: declare("services", services as Readonly<Record<string, CheckedService<Connections>>>),
    jobs: declare("jobs", jobs),
  };
  requireNone([...problems, ...problemsOf(declared)]);
  markOrigin(declared);
  return declared as Sandbox<Connections>;
}
