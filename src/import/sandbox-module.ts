import { ConfigurationError } from "../model/problem.ts";
import { type Code, objectCode, printCode, stringCode, stringsCode } from "./code.ts";
import type { ComposeMap, ComposeValue } from "./compose-tree.ts";
import type { ImportNote } from "./import-note.ts";
import { loadCompose, requireMap, servicesOf, textAt } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";
import { requireValidCompose } from "./require-valid-compose.ts";
import { serviceCode } from "./service-code.ts";
import { completedServices, dependenciesOf } from "./service-dependencies.ts";
import { joinedNetworks, sandboxKey } from "./service-source.ts";

/** What to import. */
export interface ImportRequest {
  /** The project's folder, absolute. */
  readonly project: string;
  /** The compose files, later ones over earlier ones. */
  readonly files: readonly string[];
  /** The services to import, with those that they depend on. @default all */
  readonly services: readonly string[];
  /** The name of the sandbox if no file has a name. */
  readonly name: string;
  /** The path from the module's folder to the project's. */
  readonly projectFromModule: string;
  /** Whether the module's default export is a list of sandboxes. */
  readonly asList: boolean;
}

/** A module with a sandbox, as a person would have written it. */
export interface ImportedModule {
  readonly code: string;
  readonly sandbox: string;
  /** The keys of the services, in the order of the file. */
  readonly services: readonly string[];
  readonly notes: readonly ImportNote[];
}

/**
 * A declaration of the services of compose files, and notes about everything that it does not say as they do.
 * @throws ConfigurationError for files that cannot be read, with file and line
 */
export function importCompose(request: ImportRequest): ImportedModule {
  const notes: ImportNote[] = [];
  const draft: ModuleDraft = {
    project: request.project,
    takeNote: ({ file, line }, path, message) => notes.push({ file, line, path, message }),
    imports: { nestbox: new Set(["sandbox"]), catalog: new Set() },
    functions: new Set(),
    volumes: new Set(),
  };
  const compose = loadCompose(request.files, draft);
  requireValidCompose(compose);
  const services = chosenServices(servicesOf(compose), request.services);
  if (services.size === 0)
    throw new ConfigurationError(`${request.files[0]}: has no services; nothing to import`);
  requireDistinct([...services.keys()]);
  const project = textAt(compose, "name") ?? request.name;
  const sandbox = sandboxKey(project);
  const code = sandboxCode(sandbox, services, compose, project, draft);
  const sorted = [
    // Services that share an anchor have the same line.
    ...new Map(notes.map((note) => [`${note.file}:${note.line} ${note.message}`, note])).values(),
  ].sort((one, other) => one.file.localeCompare(other.file) || one.line - other.line);
  return {
    code: moduleCode(code, request, draft),
    sandbox,
    services: [...services.keys()].map(sandboxKey),
    notes: sorted,
  };
}

/** The named services and all that they depend on. */
function chosenServices(
  all: ReadonlyMap<string, ComposeMap>,
  names: readonly string[],
): ReadonlyMap<string, ComposeMap> {
  if (names.length === 0) return all;
  const unknown = names.find((name) => !all.has(name));
  if (unknown !== undefined)
    throw new ConfigurationError(
      `--service: there is no service "${unknown}"; name one of ${[...all.keys()].join(", ")}`,
    );
  const chosen = new Set<string>();
  const add = (name: string) => {
    if (chosen.has(name)) return;
    chosen.add(name);
    const service = all.get(name);
    for (const [other] of service === undefined ? [] : dependenciesOf(service)) add(other);
  };
  names.forEach(add);
  return new Map([...all].filter(([name]) => chosen.has(name)));
}

function requireDistinct(names: readonly string[]): void {
  const keys = names.map(sandboxKey);
  const twice = names.find((name, index) => keys.indexOf(sandboxKey(name)) !== index);
  if (twice !== undefined)
    throw new ConfigurationError(
      `services.${twice}: has the key ${sandboxKey(twice)} of another service; rename one`,
    );
}

function sandboxCode(
  name: string,
  services: ReadonlyMap<string, ComposeMap>,
  compose: ComposeMap,
  project: string,
  draft: ModuleDraft,
): Code {
  const completed = completedServices(services);
  const hasNetworks = new Set([...services.values()].flatMap(joinedNetworks)).size > 1;
  const written = [...services].map(([key, service]): [string, Code] => [
    sandboxKey(key),
    serviceCode({ name: key, service, compose, project, completes: completed.has(key), hasNetworks }, draft),
  ]);
  noteVolumes(compose, draft);
  const definition = objectCode({
    networks: networksCode(compose, services, draft),
    volumes: stringsCode([...draft.volumes]),
    services: { object: written },
  });
  return { call: "sandbox", args: [stringCode(name), definition] };
}

/** The networks that services join, or undefined for the default one alone. */
function networksCode(
  compose: ComposeMap,
  services: ReadonlyMap<string, ComposeMap>,
  draft: ModuleDraft,
): Code | undefined {
  const joined = [...services.values()].flatMap(joinedNetworks);
  const names = [...new Set(joined)];
  const declared = compose.entries.get("networks");
  const entries = names.map((name): [string, Code] => {
    const network = declared?.kind === "map" ? declared.entries.get(name) : undefined;
    const settings = network && requireMap(network, `networks.${name}`);
    for (const [property, value] of settings?.entries ?? [])
      if (
        property !== "internal" &&
        property !== "labels" &&
        !property.startsWith("x-") &&
        isMeant(property, value)
      )
        draft.takeNote(
          value.origin,
          `networks.${name}.${property}`,
          "left out; the sandbox has a network of its own",
        );
    const isInternal = settings !== undefined && textAt(settings, "internal") === "true";
    return [sandboxKey(name), isInternal ? objectCode({ internal: "true" }) : objectCode({})];
  });
  const isDefault = entries.length === 1 && entries[0]?.[0] === "default";
  return isDefault && JSON.stringify(entries[0]?.[1]) === '{"object":[]}' ? undefined : { object: entries };
}

/** A bridge is what a sandbox has anyway. */
function isMeant(property: string, value: ComposeValue): boolean {
  return !(property === "driver" && value.kind === "text" && value.text === "bridge");
}

function noteVolumes(compose: ComposeMap, { takeNote }: ModuleDraft): void {
  const volumes = compose.entries.get("volumes");
  if (volumes?.kind !== "map") return;
  for (const [name, volume] of volumes.entries)
    if (volume.kind === "map")
      for (const [property, value] of volume.entries)
        if (property !== "labels" && !property.startsWith("x-") && textAt(volume, property) !== "local")
          takeNote(
            value.origin,
            `volumes.${name}.${property}`,
            "left out; the volume is the sandbox's own, and empty",
          );
}

function moduleCode(
  code: Code,
  { projectFromModule, asList, files }: ImportRequest,
  draft: ModuleDraft,
): string {
  const { imports, functions } = draft;
  const importLine = (names: ReadonlySet<string>, from: string) =>
    names.size === 0 ? [] : [`import { ${[...names].sort().join(", ")} } from "${from}";`];
  const readsFiles = functions.size > 0;
  const readsEnvironment = functions.has("env") || functions.has("required");
  const lines = [
    ...(readsFiles ? ['import { existsSync, readFileSync } from "node:fs";'] : []),
    ...(readsEnvironment ? ['import { env as environment } from "node:process";'] : []),
    ...(readsFiles ? ['import { parseEnv } from "node:util";'] : []),
    ...importLine(imports.nestbox, "nestbox"),
    ...importLine(imports.catalog, "nestbox/catalog"),
    "",
    ...(readsEnvironment ? [ENVIRONMENT, ""] : []),
    `/** From ${files.join(" and ")}. */`,
    asList
      ? `export default [\n  ${printCode(code, 1, WIDE)},\n];`
      : `export default ${printCode(code, 0, WIDE)};`,
    ...(readsFiles ? ["", variablesFunction(projectFromModule)] : []),
    ...(functions.has("required") ? ["", REQUIRED] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** More than a line, so that a sandbox is never written on one. */
const WIDE = 1000;

const ENVIRONMENT = `/** The environment of this process, and below it that of .env. */
const env = { ...variablesOf(".env"), ...environment };`;

const REQUIRED = `function required(name: string): string {
  const value = env[name];
  if (!value) throw new Error(\`\${name}: is missing in the environment\`);
  return value;
}`;

const variablesFunction = (project: string) => `/** The variables of a file of the project. */
function variablesOf(file: string): Record<string, string> {
  const url = new URL(\`${project}/\${file}\`, import.meta.url);
  return existsSync(url) ? { ...parseEnv(readFileSync(url, "utf8")) } as Record<string, string> : {};
}`;
