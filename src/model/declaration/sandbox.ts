import { DeclarationError, type Problem } from "../problem.ts";
import type { Sandbox, SandboxDefinition } from "./declaration.ts";
import { shapeProblems } from "./declaration-shape.ts";
import { evaluateEnvironment } from "./environment.ts";
import { referencesTo } from "./references.ts";
import type { ServiceDefinition, WrittenEnvironment } from "./service.ts";
import { problemsOf } from "./validation.ts";

export type { DeclaredJob, NetworkDefinition, Sandbox, SandboxDefinition } from "./declaration.ts";

/** A written service, once it is known to say what the types say. */
type CheckedService<Connections> = Omit<ServiceDefinition, "env"> & {
  readonly env?: WrittenEnvironment<Connections>;
};

/** The network of a sandbox that declares none. */
const DEFAULT_NETWORK = "default";

/**
 * Declares a sandbox: a named set of services on networks of its own, and the jobs that run against them.
 *
 * @example
 * sandbox("snake", {
 *   services: { cache: redis({ alias: "some-random-cache" }) },
 *   jobs: { tests: { image: "python:3.10", env: ({ cache }) => ({ REDIS_HOST: cache.host }), script: ["pytest -q"] } },
 * })
 * @param name lower-case letters, digits and dashes, 40 characters at most
 * @throws DeclarationError with the path of each property that is wrong: first of all whose types are, then
 * of all the others
 */
export function sandbox<Connections>(name: string, definition: SandboxDefinition<Connections>): Sandbox {
  const wrongTypes = shapeProblems(name, definition);
  if (wrongTypes.length > 0) throw new DeclarationError(wrongTypes);

  const { services, networks = { [DEFAULT_NETWORK]: {} }, volumes = [], jobs = {} } = definition;
  const { description, perBranch = false } = definition;
  const references = referencesTo<Connections>(name, services);
  const problems: Problem[] = [];
  const declare = <Container extends { readonly env?: WrittenEnvironment<Connections> }>(
    group: "services" | "jobs",
    containers: Readonly<Record<string, Container>>,
  ) =>
    Object.fromEntries(
      Object.entries(containers).map(([key, { env: written, ...container }]) => {
        const evaluated = evaluateEnvironment(`${name}.${group}.${key}.env`, written, references);
        problems.push(...evaluated.problems);
        return [key, { ...container, env: evaluated.env, refersTo: evaluated.refersTo }];
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
  problems.push(...problemsOf(declared));
  if (problems.length > 0) throw new DeclarationError(problems);
  return declared;
}
