import { type GitLabRule, type GitLabSettings, RULE_CONDITIONS } from "../gitlab-settings.ts";
import { isOwnLabel } from "../labels.ts";
import { nameProblem } from "../names.ts";
import { OVERRIDABLE } from "../override.ts";
import type { PerBranch } from "../per-branch.ts";
import { CAPABILITIES } from "../privileges.ts";
import type { Probe } from "../probe.ts";
import type { Problem } from "../problem.ts";
import { properties } from "../properties.ts";
import {
  aBoolean,
  aFunction,
  aNumber,
  aString,
  type Check,
  filledWith,
  isPlainObject,
  legal,
  listOf,
  mapOf,
  objectWith,
  when,
  withoutRepetition,
  wrongType,
} from "../shape.ts";
import { nearestWord } from "../spelling.ts";
import { hasLostSecret, secretsIn, type Text, textParts } from "../text.ts";
import {
  aContainerPath,
  aCpuLimit,
  aDuration,
  aHostAddress,
  aMemoryLimit,
  aName,
  anAlias,
  anArgument,
  anImage,
  anImageOrVariable,
  aPattern,
  aPlatform,
  aPort,
  aPositiveInteger,
  aProjectPath,
  aRequestPath,
  aSize,
  aStopSignal,
  aUser,
  filePathProblem,
  hostNameProblem,
  mountPathProblem,
  textProblem,
  wordProblem,
} from "../values.ts";
import { ARTIFACT_CONDITIONS, type ArtifactReports, type Artifacts } from "./artifacts.ts";
import { imageOrBuild } from "./build-shape.ts";
import type { NetworkDefinition, SandboxDefinition } from "./declaration.ts";
import { keysNotObject, mountsNotTexts, portsNotTexts, wordsNotText } from "./foreign-values.ts";
import { WORDS_OF_JOBS, WORDS_OF_SANDBOXES, WORDS_OF_SERVICES } from "./foreign-words.ts";
import type { JobDefinition } from "./job.ts";
import { type JobCache, KEY_FILES } from "./job-cache.ts";
import {
  type ContainerDefinition,
  type DisposableProperties,
  ULIMITS,
  type WrittenService,
} from "./service.ts";

/**
 * Wrong types, illegal values and unknown properties of a declaration, each with its path. A declaration
 * without these problems has the declared types; only the relations between its properties are unchecked.
 */
export function shapeProblems(name: string, definition: unknown): readonly Problem[] {
  const nameProblems = aString("sandbox", name);
  if (nameProblems.length > 0) return nameProblems;
  return [...aName("sandbox", name), ...sandboxShape(name, definition)];
}

/** A check for every property of a type. The compiler reports a property without one. */
type ChecksOf<Type> = Readonly<Record<keyof Type, Check>>;

const strings = listOf(aString, "a list of strings");
const argumentList = listOf(anArgument, "a list of strings");
const names = withoutRepetition(listOf(aName, "a list of strings"));

const words = wordsNotText(argumentList);

/** What a plain template makes of a secret, or of a text with one. */
const PLAIN_TEMPLATE = "has a secret in a plain template; use the text tag: text`…`";

const textShape: Check = (path, value) => {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (parts.some((part) => typeof part === "string" && hasLostSecret(part)))
    return [{ path, message: PLAIN_TEMPLATE }];
  if (parts.every(isTextPart)) return secretsIn(value as Text).flatMap((secret) => aName(path, secret));
  const example = typeof value === "number" || typeof value === "boolean" ? ` such as "${value}"` : "";
  return wrongType(path, value, `a string${example}, secret() or text\`…\``);
};

function isTextPart(value: unknown): boolean {
  return (
    typeof value === "string" ||
    (isPlainObject(value) && "secret" in value && typeof value.secret === "string")
  );
}

function oneOf(known: readonly string[]): Check {
  return legal(aString, (value: string) =>
    known.includes(value) ? undefined : `"${value}" is none of ${known.join(", ")}`,
  );
}

const variableValue = legal(textShape, (value: Text) => {
  const strings = textParts(value).filter((part) => typeof part === "string");
  // Of a secret that is not from secret().
  if (strings.some((part) => part.includes("[object Object]"))) return PLAIN_TEMPLATE;
  return wordProblem(strings.join(""));
});

function environmentOf(legalName: RegExp): Check {
  return mapOf(variableValue, 'an object such as { NAME: "value" }', (name) =>
    legalName.test(name)
      ? undefined
      : `"${name}" is not a legal variable name; use letters, digits and underscores`,
  );
}

/** Checks of environment variables as data. */
export const ENVIRONMENTS = {
  // Elasticsearch, for example, has dots and dashes in the names of its variables.
  services: environmentOf(/^[A-Za-z_][A-Za-z0-9_.-]*$/),
  jobs: environmentOf(/^[A-Za-z_][A-Za-z0-9_]*$/),
} as const;

/** Variables, or the function that returns them. */
function writtenEnvironment(variables: Check): Check {
  return when(
    (value) => typeof value === "function",
    () => [],
    variables,
  );
}

const aLimit = legal(aNumber, (value: number) =>
  Number.isSafeInteger(value) && value >= -1
    ? undefined
    : `${value} is not a limit; use a whole number, or -1 for none`,
);

const aUlimit = when(
  isPlainObject,
  legal(
    objectWith("a ulimit", { soft: aLimit, hard: aLimit }, ["soft", "hard"]),
    ({ soft, hard }: { readonly soft: number; readonly hard: number }) =>
      hard !== -1 && (soft === -1 || soft > hard)
        ? `has a soft limit above its hard limit of ${hard}; lower soft, or raise hard`
        : undefined,
  ),
  aLimit,
);

/** Linux has no unlimited number of open files. */
const aFileLimit = legal(aUlimit, (limit: number | { readonly hard: number }) =>
  (typeof limit === "number" ? limit : limit.hard) === -1
    ? "-1 is no limit of open files on Linux; use a number such as 1048576"
    : undefined,
);

const aCapability = legal(aString, (name: string) => {
  if (name === "ALL" || CAPABILITIES.some((known) => known === name)) return undefined;
  const similar = nearestWord(name.toUpperCase().replace(/^CAP_/, ""), CAPABILITIES);
  return `"${name}" is not a capability; use one such as "${similar ?? "SYS_NICE"}"`;
});

/** The most processes of a Linux system: PID_MAX_LIMIT. */
const MOST_PIDS = 4_194_304;

const CONTAINER = {
  image: imageOrBuild(anImage),
  networks: keysNotObject(
    filledWith(withoutRepetition(listOf(aString, "a list of strings")), "add at least one network"),
  ),
  volumes: mountsNotTexts(mapOf(aString, 'an object such as { "/var/lib/data": "data" }', mountPathProblem)),
  tmpfs: mapOf(aSize, 'an object such as { "/tmp": "64MiB" }', mountPathProblem),
  limits: objectWith("limits", { memory: aMemoryLimit, cpus: aCpuLimit } satisfies ChecksOf<
    NonNullable<ContainerDefinition["limits"]>
  >),
  shmSize: aSize,
  ...properties(withoutRepetition(listOf(aCapability, "a list of capabilities")), "capAdd", "capDrop"),
  noNewPrivileges: aBoolean,
  pidsLimit: legal(aNumber, (value: number) =>
    value === -1 || (Number.isInteger(value) && value >= 1 && value <= MOST_PIDS)
      ? undefined
      : `${value} is not a number of processes; use 1 to ${MOST_PIDS}, or -1 for any number`,
  ),
  ulimits: objectWith("ulimits", { ...properties(aUlimit, ...ULIMITS), nofile: aFileLimit }),
  sysctls: mapOf(
    legal(aString, (value: string) =>
      /^[\x20-\x7e]+$/.test(value) ? undefined : "is not a value of a sysctl; use printable text",
    ),
    'an object such as { "net.core.somaxconn": "1024" }',
    (name) =>
      /^[a-z]+(?:\.[A-Za-z0-9_-]+)+$/.test(name)
        ? undefined
        : `"${name}" is not a sysctl; use words between dots, such as "net.core.somaxconn"`,
  ),
  extraHosts: mapOf(aHostAddress, 'an object such as { "api.example.com": "192.0.2.7" }', hostNameProblem),
  user: aUser,
  platform: aPlatform,
  labels: mapOf(legal(aString, textProblem), 'an object such as { team: "shop" }', (name) => {
    if (isOwnLabel(name)) return `"${name}" is a label of Nestbox's own; use a name without "nestbox"`;
    return /^[\x21-\x7e]+$/.test(name)
      ? undefined
      : `"${name}" is not the name of a label; use letters, digits, dots and dashes`;
  }),
  profiles: listOf(aName, "a list of strings"),
} satisfies ChecksOf<ContainerDefinition>;

const TIMING = {
  ...properties(aDuration, "within", "startEvery", "every", "timeout"),
  retries: aPositiveInteger,
};

const A_PROBING_COMMAND = "add a command that exits with 0 when the service works";

const PROBES = {
  exec: objectWith(
    "an exec probe",
    {
      kind: aString,
      command: when(
        Array.isArray,
        filledWith(argumentList, A_PROBING_COMMAND),
        legal(anArgument, (command) => (command === "" ? `is empty; ${A_PROBING_COMMAND}` : undefined)),
      ),
      fromOutside: when(
        (value) => isPlainObject(value) && "run" in value,
        objectWith("a command", { run: argumentList }),
        objectWith("a dialogue", { send: aString, expect: aString }, ["send", "expect"]),
      ),
      ...TIMING,
    },
    ["command"],
  ),
  tcp: objectWith("a tcp probe", { kind: aString, port: aPort, ...TIMING }, ["port"]),
  http: objectWith("an http probe", { kind: aString, port: aPort, path: aRequestPath, ...TIMING }, [
    "port",
    "path",
  ]),
  log: objectWith("a log probe", { kind: aString, pattern: aPattern, ignoreCase: aBoolean, ...TIMING }, [
    "pattern",
  ]),
  image: objectWith("an image probe", { kind: aString, within: aDuration }),
} satisfies Readonly<Record<Probe["kind"], Check>>;

const probe: Check = (path, value) => {
  const kind = isPlainObject(value) ? value.kind : undefined;
  return typeof kind === "string" && Object.hasOwn(PROBES, kind)
    ? PROBES[kind as Probe["kind"]](path, value)
    : wrongType(path, value, "exec(), tcp(), http(), log() or imageHealthcheck()");
};

const fileSource = when(
  (value) => isPlainObject(value) && "content" in value,
  objectWith("a file's content", {
    content: legal(textShape, (content: Text) =>
      textParts(content).some((part) => typeof part === "string" && !part.isWellFormed())
        ? "has half of a surrogate pair, which UTF-8 cannot express; remove it"
        : undefined,
    ),
  }),
  objectWith("a file of the project", { path: aProjectPath, mount: oneOf(["read-write"]) }, ["path"]),
);

const aliases = filledWith(
  withoutRepetition(listOf(anAlias, "a list of strings")),
  "remove it, or add an alias",
);

const override = objectWith("an override", properties(aFunction, ...OVERRIDABLE));

const seedStep = when(
  (value) => isPlainObject(value) && "job" in value,
  objectWith("a seed by a job", { job: aString }),
  when(
    (value) => isPlainObject(value) && "command" in value,
    objectWith("a seed by a command", {
      command: filledWith(argumentList, "add the program that fills the state"),
      inputs: listOf(aProjectPath, "a list of paths"),
    }),
    objectWith(
      "a seed by files",
      { files: filledWith(listOf(aProjectPath, "a list of paths"), "add a file, or remove the step") },
      ["files"],
      {
        sql: "use files, with paths of SQL files",
        path: 'use files, such as { files: ["schema.sql"] }',
      },
    ),
  ),
);

const SERVICE = {
  ...CONTAINER,
  alias: when(Array.isArray, aliases, anAlias),
  ...properties(words, "command", "entrypoint", "client"),
  workingFolder: aContainerPath,
  env: writtenEnvironment(ENVIRONMENTS.services),
  ...properties(
    portsNotTexts(withoutRepetition(listOf(aPort, "a list of port numbers"))),
    "ports",
    "udpPorts",
  ),
  publish: when(isPlainObject, mapOf(aPort, ""), aBoolean),
  files: mapOf(fileSource, 'an object such as { "/etc/app.conf": { path: "app.conf" } }', filePathProblem),
  probe,
  after: mapOf(aString, 'an object such as { database: "ready" }'),
  runsOnce: aBoolean,
  completesWithin: aDuration,
  privileged: aBoolean,
  shares: listOf(legal(aString, mountPathProblem), "a list of strings"),
  dockerDaemon: objectWith("a Docker daemon", { tls: aBoolean }, ["tls"]),
  certificates: aBoolean,
  seed: when(
    Array.isArray,
    filledWith(listOf(seedStep, "a list of steps"), "remove it, or add a step"),
    seedStep,
  ),
  stop: objectWith("the stop of a service", { signal: aStopSignal, grace: aDuration }),
  override,
  // A function of catalog entries.
  connection: () => [],
  forks: aString,
  whenDisposable: objectWith("a disposable service", {
    command: words,
    tmpfs: CONTAINER.tmpfs,
    env: ENVIRONMENTS.services,
  } satisfies ChecksOf<DisposableProperties>),
  optionProblems: listOf(
    objectWith("a problem", properties(aString, "path", "message") satisfies ChecksOf<Problem>),
    "a list of problems",
  ),
  variables: (path, value) =>
    typeof value === "function"
      ? []
      : wrongType(path, value, "a function such as ({ host }) => ({ POSTGRES_HOST: host })"),
} satisfies ChecksOf<WrittenService>;

const aRule = objectWith("a rule", {
  if: aString,
  ...properties(listOf(aString, "a list of paths"), "changes", "exists"),
  when: oneOf(RULE_CONDITIONS),
  allowFailure: aBoolean,
} satisfies ChecksOf<GitLabRule>);

const aNumberOfRetries = legal(aNumber, (value: number) =>
  value === 0 || value === 1 || value === 2 ? undefined : `${value} is not 0, 1 or 2; GitLab repeats no more`,
);

const GITLAB = {
  ...properties(aString, "strategy", "runner", "stage", "resourceGroup"),
  allowedExitCodes: listOf(aNumber, "a list of exit codes"),
  rules: filledWith(listOf(aRule, "a list of rules"), "remove it, or add a rule"),
  retry: when(
    isPlainObject,
    objectWith("a retry", { max: aNumberOfRetries, when: listOf(aString, "a list of reasons") }, [
      "max",
      "when",
    ]),
    aNumberOfRetries,
  ),
  interruptible: aBoolean,
  coverage: legal(aString, (value: string) =>
    /^\/.+\/$/.test(value) ? undefined : `"${value}" is not between slashes; write it as "/TOTAL.* (\\d+)%/"`,
  ),
  environment: objectWith("an environment", properties(aString, "name", "url"), ["name"]),
} satisfies ChecksOf<GitLabSettings>;

const artifactPaths = withoutRepetition(listOf(aProjectPath, "a list of paths"));

const aCoverageFormat = oneOf(["cobertura", "jacoco"]);

const artifacts = legal(
  objectWith("artifacts", {
    paths: filledWith(artifactPaths, "remove it, or add a path"),
    reports: objectWith("the reports of a job", {
      junit: aProjectPath,
      coverage: objectWith("a coverage report", { format: aCoverageFormat, path: aProjectPath }, [
        "format",
        "path",
      ]),
    } satisfies ChecksOf<ArtifactReports>),
    when: oneOf(ARTIFACT_CONDITIONS),
  } satisfies ChecksOf<Artifacts>),
  ({ paths, reports = {} }: Artifacts) =>
    paths === undefined && Object.keys(reports).length === 0
      ? 'names nothing to keep; add paths, such as ["coverage/"]'
      : undefined,
);

const cachePath = legal(aProjectPath, (path: string) =>
  path === "." || path === "./" ? "is the whole working folder; name a folder in it" : undefined,
);

const keyFiles = legal(
  filledWith(withoutRepetition(listOf(aProjectPath, "a list of paths")), "remove the key, or add a file"),
  (files: readonly string[]) =>
    files.length > KEY_FILES
      ? `has ${files.length} files; name at most ${KEY_FILES}, as GitLab takes no more`
      : undefined,
);

const cache = objectWith(
  "a cache",
  {
    paths: filledWith(withoutRepetition(listOf(cachePath, "a list of paths")), "add a folder"),
    key: objectWith("the key of a cache", { files: keyFiles }, ["files"]),
  } satisfies ChecksOf<JobCache>,
  ["paths"],
);

const JOB = {
  ...CONTAINER,
  image: imageOrBuild(anImageOrVariable),
  files: aProjectPath,
  // With files of the project it is a mount.
  workingFolder: legal(aString, mountPathProblem),
  env: writtenEnvironment(ENVIRONMENTS.jobs),
  entrypoint: words,
  before: argumentList,
  script: filledWith(argumentList, "add at least one command"),
  cleanup: argumentList,
  userNamespaces: aBoolean,
  needs: withoutRepetition(strings),
  variablesFile: aProjectPath,
  artifacts,
  cache,
  timeout: aDuration,
  gitlab: objectWith("the GitLab settings of a job", GITLAB),
  override,
} satisfies ChecksOf<JobDefinition>;

const NETWORK = { internal: aBoolean } satisfies ChecksOf<NetworkDefinition>;

const SANDBOX = {
  description: aString,
  perBranch: when(
    isPlainObject,
    objectWith(
      "the settings of a sandbox per branch",
      properties(aString, "runner", "stage") satisfies ChecksOf<PerBranch>,
    ),
    aBoolean,
  ),
  networks: filledWith(
    mapOf(objectWith("a network", NETWORK), "an object such as { backend: { internal: true } }", (key) =>
      nameProblem(key),
    ),
    "remove it to get one network, or add a network",
  ),
  volumes: keysNotObject(names),
  services: mapOf(
    objectWith("a service", SERVICE, ["image"], WORDS_OF_SERVICES),
    "an object with a service for each name",
    (key) => nameProblem(key),
  ),
  jobs: mapOf(
    objectWith("a job", JOB, ["image", "script"], WORDS_OF_JOBS),
    "an object with a job for each name",
    (key) => nameProblem(key, 63),
  ),
} satisfies ChecksOf<SandboxDefinition<unknown>>;

const sandboxShape = objectWith("a sandbox", SANDBOX, ["services"], WORDS_OF_SANDBOXES);

const { services: _services, jobs: _jobs, ...ofSandbox } = SANDBOX;
const { connection: _connection, forks: _forks, ...withOptions } = SERVICE;
const { whenDisposable: _disposable, optionProblems: _optionProblems, ...ofService } = withOptions;

/** The names of the declared properties by what they belong to, in the order of the documents. */
export const PROPERTIES = {
  sandbox: namesIn(ofSandbox),
  network: namesIn(NETWORK),
  service: namesIn(ofService),
  probe: namesIn(PROBES),
  job: namesIn(JOB),
  gitlab: namesIn(GITLAB),
};

function namesIn<Key extends string>(checks: Readonly<Record<Key, Check>>): readonly Key[] {
  return Object.keys(checks) as Key[];
}
