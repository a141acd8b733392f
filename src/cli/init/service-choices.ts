import { dind, postgres, redis, registryMirror, valkey } from "../../catalog/index.ts";
import type { CatalogService, Connection } from "../../model/declaration/service.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { nearestWord } from "../../model/spelling.ts";

/** A service of the catalog that `nestbox init` can declare, and the job that proves that it works. */
export interface ServiceChoice {
  /** The value of `--service`. */
  readonly name: string;
  /** The exported function of the catalog. */
  readonly from: string;
  /** Its key in the sandbox, an identifier. */
  readonly key: string;
  /** The image of the job, which has a client. */
  readonly clientImage: string;
  /** The job's script. The variables of the service's connection are set. */
  readonly script: string;
}

/** Every service of the catalog, the default first. */
export const SERVICE_CHOICES: readonly ServiceChoice[] = [
  choice("redis", { script: 'redis-cli -h "$REDIS_HOST" ping | grep PONG' }, redis()),
  choice("postgres", { script: "psql -tAc 'select 6 * 7' | grep 42" }, postgres()),
  choice("valkey", { script: 'valkey-cli -h "$REDIS_HOST" ping | grep PONG' }, valkey()),
  choice(
    "docker",
    {
      from: "dind",
      clientImage: "docker:25.0.0-cli",
      script: "docker info --format '{{.ServerVersion}}'",
    },
    dind(),
  ),
  choice(
    "registry-mirror",
    { from: "registryMirror", key: "mirror", script: 'wget -qO- "$REGISTRY_MIRROR/v2/"' },
    registryMirror(),
  ),
];

function choice(
  name: string,
  different: Partial<ServiceChoice> & Pick<ServiceChoice, "script">,
  { image }: CatalogService<Connection>,
): ServiceChoice {
  return { name, from: name, key: name, clientImage: image, ...different };
}

/**
 * The services with these names, each once; the default without a name. The name of the catalog's function
 * also names its service.
 * @throws ConfigurationError for an unknown name
 */
export function chooseServices(names: readonly string[]): readonly ServiceChoice[] {
  const chosen = names.length === 0 ? SERVICE_CHOICES.slice(0, 1) : names.map(serviceNamed);
  return [...new Set(chosen)];
}

function serviceNamed(name: string): ServiceChoice {
  const found = SERVICE_CHOICES.find((one) => one.name === name || one.from === name);
  if (found !== undefined) return found;
  const known = SERVICE_CHOICES.map((one) => one.name);
  const nearest = nearestWord(name, known);
  const hint = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  throw new ConfigurationError(
    `--service: "${name}" is not in the catalog` +
      `${hint || "; declare other images in the file that init writes"}\n` +
      `  The catalog has ${known.join(", ")}.`,
  );
}
