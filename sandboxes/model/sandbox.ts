import { shapeProblems } from "./declaration-shape.ts";
import { evaluateEnvironment, type WrittenEnvironment } from "./environment.ts";
import type { JobDefinition } from "./job.ts";
import type { PerBranch } from "./per-branch.ts";
import { DeclarationError, type Problem } from "./problem.ts";
import { referencesTo } from "./references.ts";
import type { DeclaredService, Environment, ServiceDefinition, WrittenService } from "./service.ts";
import { problemsOf } from "./validation.ts";

/** A bridge that belongs to one sandbox. */
export interface NetworkDefinition {
  /** No way out: its containers reach each other and nothing else. @default false */
  readonly internal?: boolean;
}

/** What a person writes. `Connections` says what references to each service offer; the compiler infers it. */
export interface SandboxDefinition<Connections> {
  /** What the sandbox is for, in a line. */
  readonly description?: string;
  /** Each branch gets one of its own in GitLab CI: the jobs that bring it up and stop it are emitted. @default false */
  readonly perBranch?: boolean | PerBranch;
  /** @default one network called `default`, with a way out */
  readonly networks?: Readonly<Record<string, NetworkDefinition>>;
  /** Volumes that live as long as the sandbox. */
  readonly volumes?: readonly string[];
  readonly services: { readonly [Key in keyof Connections]: WrittenService<Connections[Key], Connections> };
  readonly jobs?: Readonly<Record<string, JobDefinition<Connections>>>;
}

/** A job in a declared sandbox: its environment is data, and it is known which services it refers to. */
export interface DeclaredJob extends Omit<JobDefinition, "env"> {
  readonly env: Environment;
  readonly refersTo: readonly string[];
}

/** A declared sandbox: plain data, whose only functions are the catalog's `connection`s. It has been validated. */
export interface Sandbox {
  readonly name: string;
  readonly description?: string;
  /** Absent where branches do not get their own. */
  readonly perBranch?: PerBranch;
  readonly networks: Readonly<Record<string, NetworkDefinition>>;
  readonly volumes: readonly string[];
  readonly services: Readonly<Record<string, DeclaredService>>;
  readonly jobs: Readonly<Record<string, DeclaredJob>>;
}

/** A written service, once it is known to say what the types say. */
type CheckedService<Connections> = Omit<ServiceDefinition, "env"> & {
  readonly env?: WrittenEnvironment<Connections>;
};

/** The network of a sandbox that declares none. */
export const DEFAULT_NETWORK = "default";

/**
 * Declares a sandbox: a named set of services on networks of its own, and the jobs that run against them.
 *
 * @example
 * sandbox("snake", {
 *   services: { cache: redis({ alias: "some-random-cache" }) },
 *   jobs: { tests: { image: "python:3.10", env: ({ cache }) => ({ REDIS_HOST: cache.host }), script: ["pytest -q"] } },
 * })
 * @param name lower-case letters, digits and dashes, 40 characters at most
 * @throws DeclarationError with the path of each property that is wrong: first of all whose types are, then of all the others
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
