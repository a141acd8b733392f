import type { JobDefinition, References } from "./job.ts";
import { DeclarationError } from "./problem.ts";
import { referencesTo } from "./references.ts";
import type { Environment, Service } from "./service.ts";
import { problemsOf } from "./validation.ts";

/** A bridge that belongs to one sandbox. */
export interface NetworkDefinition {
  /** No way out: its containers reach each other and nothing else. @default false */
  readonly internal?: boolean;
}

/** What a person writes. */
export interface SandboxDefinition<Services extends Readonly<Record<string, Service>>> {
  /** What the sandbox is for, in a line. */
  readonly description?: string;
  /** @default one network called `default`, with a way out */
  readonly networks?: Readonly<Record<string, NetworkDefinition>>;
  /** Volumes that live as long as the sandbox. */
  readonly volumes?: readonly string[];
  readonly services: Services;
  readonly jobs?: Readonly<Record<string, JobDefinition<Services>>>;
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
  readonly networks: Readonly<Record<string, NetworkDefinition>>;
  readonly volumes: readonly string[];
  readonly services: Readonly<Record<string, Service>>;
  readonly jobs: Readonly<Record<string, DeclaredJob>>;
}

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
 * @throws DeclarationError with the path of each property that is wrong
 */
export function sandbox<const Services extends Readonly<Record<string, Service>>>(
  name: string,
  definition: SandboxDefinition<Services>,
): Sandbox {
  const { services, networks = { [DEFAULT_NETWORK]: {} }, volumes = [], jobs = {}, description } = definition;
  const references = referencesTo(name, services);
  const declared: Sandbox = {
    name,
    ...(description === undefined ? {} : { description }),
    networks,
    volumes,
    services,
    jobs: Object.fromEntries(
      Object.entries(jobs).map(([key, { env = {}, ...job }]) => [
        key,
        { ...job, ...evaluateEnvironment(`${name}.jobs.${key}.env`, env, references) },
      ]),
    ),
  };
  const problems = problemsOf(declared);
  if (problems.length > 0) throw new DeclarationError(problems);
  return declared;
}

function evaluateEnvironment<Services extends Readonly<Record<string, Service>>>(
  path: string,
  env: Environment | ((services: References<Services>) => Environment),
  references: (path: string) => {
    readonly services: References<Services>;
    readonly used: ReadonlySet<string>;
  },
): Pick<DeclaredJob, "env" | "refersTo"> {
  if (typeof env !== "function") return { env, refersTo: [] };
  const { services, used } = references(path);
  const values = env(services);
  return { env: values, refersTo: [...used] };
}
