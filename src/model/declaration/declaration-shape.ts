import type { GitLabSettings } from "../gitlab-settings.ts";
import type { PerBranch } from "../per-branch.ts";
import type { Problem } from "../problem.ts";
import { properties } from "../properties.ts";
import {
  aBoolean,
  aNumber,
  aString,
  type Check,
  isPlainObject,
  listOf,
  mapOf,
  objectWith,
  when,
  wrongType,
} from "../shape.ts";
import type { NetworkDefinition, SandboxDefinition } from "./declaration.ts";
import type { JobDefinition } from "./job.ts";
import type { ContainerDefinition, WrittenService } from "./service.ts";

/**
 * Wrong types and unknown properties of a declaration, each with its path. Declarations in plain JavaScript
 * need it: no compiler checks them. A declaration without these problems has the declared types.
 */
export function shapeProblems(name: string, definition: unknown): readonly Problem[] {
  const nameProblems = aString("sandbox", name);
  return nameProblems.length > 0 ? nameProblems : sandboxShape(name, definition);
}

const strings = listOf(aString, "a list of strings");

const textShape: Check = (path, value) => {
  const parts = Array.isArray(value) ? value : [value];
  if (parts.every(isTextPart)) return [];
  const example = typeof value === "number" || typeof value === "boolean" ? ` such as "${value}"` : "";
  return wrongType(path, value, `a string${example}, secret() or text\`…\``);
};

function isTextPart(value: unknown): boolean {
  return (
    typeof value === "string" ||
    (isPlainObject(value) && "secret" in value && typeof value.secret === "string")
  );
}

/** Wrong types in environment variables, each with its path. */
export const environmentShapeProblems = mapOf(textShape, 'an object such as { NAME: "value" }');

const environment: Check = when(
  (value) => typeof value === "function",
  () => [],
  environmentShapeProblems,
);

const CONTAINER = {
  image: aString,
  networks: strings,
  volumes: mapOf(aString, 'an object such as { "/var/lib/data": "data" }'),
  tmpfs: mapOf(aString, 'an object such as { "/tmp": "64MiB" }'),
  limits: objectWith("limits", { memory: aString, cpus: aNumber } satisfies ChecksOf<
    NonNullable<ContainerDefinition["limits"]>
  >),
  extraHosts: mapOf(aString, 'an object such as { "api.example.com": "192.0.2.7" }'),
  user: aString,
  profiles: strings,
} satisfies ChecksOf<ContainerDefinition>;

const TIMING = { ...properties(aString, "within", "startEvery", "every", "timeout"), retries: aNumber };

const PROBES: Readonly<Record<string, Check>> = {
  exec: objectWith(
    "an exec probe",
    {
      kind: aString,
      command: when(Array.isArray, strings, aString),
      fromOutside: when(
        (value) => isPlainObject(value) && "run" in value,
        objectWith("a command", { run: strings }),
        objectWith("a dialogue", { send: aString, expect: aString }, ["send", "expect"]),
      ),
      ...TIMING,
    },
    ["command"],
  ),
  tcp: objectWith("a tcp probe", { kind: aString, port: aNumber, ...TIMING }, ["port"]),
  http: objectWith("an http probe", { kind: aString, port: aNumber, path: aString, ...TIMING }, [
    "port",
    "path",
  ]),
  log: objectWith("a log probe", { kind: aString, pattern: aString, ignoreCase: aBoolean, ...TIMING }, [
    "pattern",
  ]),
  image: objectWith("an image probe", { kind: aString, within: aString }),
};

const probe: Check = (path, value) => {
  const kind = isPlainObject(value) ? value.kind : undefined;
  const check = typeof kind === "string" && Object.hasOwn(PROBES, kind) ? PROBES[kind] : undefined;
  return check
    ? check(path, value)
    : wrongType(path, value, "exec(), tcp(), http(), log() or imageHealthcheck()");
};

const fileSource = when(
  (value) => isPlainObject(value) && "content" in value,
  objectWith("a file's content", { content: textShape }),
  objectWith("a file of the project", { path: aString }, ["path"]),
);

const service = objectWith(
  "a service",
  {
    ...CONTAINER,
    ...properties(strings, "command", "entrypoint", "shares"),
    ...properties(aBoolean, "runsOnce", "privileged"),
    alias: when(Array.isArray, strings, aString),
    env: environment,
    ports: listOf(aNumber, "a list of port numbers"),
    publish: when(isPlainObject, mapOf(aNumber, ""), aBoolean),
    files: mapOf(fileSource, 'an object such as { "/etc/app.conf": { path: "app.conf" } }'),
    probe,
    after: mapOf(aString, 'an object such as { database: "ready" }'),
    completesWithin: aString,
    dockerDaemon: objectWith("a Docker daemon", { tls: aBoolean }, ["tls"]),
    stop: objectWith("the stop of a service", { signal: aString, grace: aString }),
    // A function of catalog entries.
    connection: () => [],
  } satisfies ChecksOf<WrittenService>,
  ["image"],
);

const job = objectWith(
  "a job",
  {
    ...CONTAINER,
    ...properties(aString, "files", "workingFolder", "variablesFile", "timeout"),
    ...properties(strings, "entrypoint", "before", "script", "cleanup", "needs"),
    env: environment,
    userNamespaces: aBoolean,
    gitlab: objectWith("the GitLab settings of a job", {
      ...properties(aString, "strategy", "runner", "stage"),
      allowedExitCodes: listOf(aNumber, "a list of exit codes"),
    } satisfies ChecksOf<GitLabSettings>),
  } satisfies ChecksOf<JobDefinition>,
  ["image", "script"],
);

const sandboxShape = objectWith(
  "a sandbox",
  {
    description: aString,
    perBranch: when(
      isPlainObject,
      objectWith(
        "the settings of a sandbox per branch",
        properties(aString, "runner", "stage") satisfies ChecksOf<PerBranch>,
      ),
      aBoolean,
    ),
    networks: mapOf(
      objectWith("a network", { internal: aBoolean } satisfies ChecksOf<NetworkDefinition>),
      "an object such as { backend: { internal: true } }",
    ),
    volumes: strings,
    services: mapOf(service, "an object with a service for each name"),
    jobs: mapOf(job, "an object with a job for each name"),
  } satisfies ChecksOf<SandboxDefinition<unknown>>,
  ["services"],
);

/** A check for every property of a type. The compiler reports a property without one. */
type ChecksOf<Type> = Readonly<Record<keyof Type, Check>>;
