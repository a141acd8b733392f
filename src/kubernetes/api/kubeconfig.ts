import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { ConfigurationError } from "../../model/problem.ts";

/** How a cluster is reached, as a context of a kubeconfig says. Nothing of it is checked with the cluster. */
export interface KubernetesContext {
  readonly name: string;
  /** The address of the API server, such as https://10.0.0.1:6443 */
  readonly server: string;
  /** The PEM text of the authorities that the server's certificate comes from. @default those of Node */
  readonly authorities?: string | undefined;
  /** The name to check the server's certificate for. @default the one in its address */
  readonly serverName?: string | undefined;
  /** Whether every certificate of the server is accepted. */
  readonly isInsecure: boolean;
  readonly credentials: ContextCredentials;
}

/** How the user of a context proves who they are. */
export interface ContextCredentials {
  readonly token?: string | undefined;
  /** A file with a token that another program renews. */
  readonly tokenFile?: string | undefined;
  /** The PEM texts of a client certificate and its key. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly program?: CredentialProgram | undefined;
}

/**
 * A program that prints credentials, as those of cloud providers do:
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export interface CredentialProgram {
  readonly command: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly apiVersion: string;
}

type Texts<Key extends string> = { readonly [Name in Key]?: string };

/** A certificate or key: base64 in the kubeconfig, or the path of a file. */
type Pem<Name extends string> = Texts<Name | `${Name}-data`>;

interface ClusterEntry extends Texts<"server" | "tls-server-name">, Pem<"certificate-authority"> {
  readonly "insecure-skip-tls-verify"?: boolean;
}

interface UserEntry extends Texts<"token" | "tokenFile">, Pem<"client-certificate">, Pem<"client-key"> {
  readonly exec?: {
    readonly apiVersion: string;
    readonly command: string;
    readonly args?: readonly string[] | null;
    readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  };
}

interface Named {
  readonly name: string;
}

/** A kubeconfig, of which only what is read here is typed. */
interface KubeconfigFile {
  readonly "current-context"?: string;
  readonly clusters?: readonly (Named & { readonly cluster?: ClusterEntry })[] | null;
  readonly users?: readonly (Named & { readonly user?: UserEntry })[] | null;
  readonly contexts?: readonly (Named & { readonly context?: Texts<"cluster" | "user"> })[] | null;
  /** The folder that relative paths in it start from. */
  readonly folder: string;
}

/**
 * Reads a context from the files of KUBECONFIG, else from ~/.kube/config, as kubectl does: of two entries of
 * one name the first counts.
 *
 * @param wanted the context's name. @default the current context
 * @throws ConfigurationError for a missing or broken file, and for a context that does not exist
 */
export function readContext(
  wanted?: string,
  environment: NodeJS.ProcessEnv = process.env,
): KubernetesContext {
  const paths = kubeconfigPaths(environment);
  const files = paths.flatMap((file) => {
    const text = readKubeconfig(file);
    return text === undefined ? [] : [parseKubeconfig(text, file)];
  });
  return contextIn(files, paths.join(path.delimiter), wanted);
}

/**
 * Reads a context from the content of a kubeconfig. Paths in it are relative to the working directory.
 * @param place the origin of the content, for errors
 * @throws as readContext does
 */
export function parseContext(content: string, place: string, wanted?: string): KubernetesContext {
  return contextIn([parseKubeconfig(content, place)], place, wanted);
}

function contextIn(
  files: readonly KubeconfigFile[],
  place: string,
  wanted: string | undefined,
): KubernetesContext {
  const name = wanted ?? files.find((file) => file["current-context"])?.["current-context"];
  if (name === undefined)
    throw new ConfigurationError(
      `${place}: has no Kubernetes context; set KUBECONFIG to the file that describes your cluster`,
    );
  const contexts = files.flatMap((file) => file.contexts ?? []);
  const context = contexts.find((entry) => entry.name === name)?.context;
  if (context === undefined) {
    const known = contexts.map((entry) => entry.name).join(", ");
    throw new ConfigurationError(`${place}: no context "${name}"; it has ${known || "none"}`);
  }
  const { cluster, folder: clusterFolder } = entryOf("cluster", context.cluster, (file) => file.clusters);
  const { user = {}, folder } = entryOf("user", context.user, (file) => file.users);
  if (cluster?.server === undefined)
    throw new ConfigurationError(`${place}: cluster "${context.cluster}" has no server; add its address`);
  return {
    name,
    server: cluster.server,
    authorities: pem(cluster, "certificate-authority", clusterFolder),
    serverName: cluster["tls-server-name"],
    isInsecure: cluster["insecure-skip-tls-verify"] === true,
    credentials: readCredentials(user, folder),
  };

  /** The first entry of a name, with the folder of its file. */
  function entryOf<Entry extends Named>(
    kind: string,
    wantedName: string | undefined,
    entriesIn: (file: KubeconfigFile) => readonly Entry[] | null | undefined,
  ): Entry & Pick<KubeconfigFile, "folder"> {
    for (const file of files) {
      const entry = entriesIn(file)?.find((one) => one.name === wantedName);
      if (entry !== undefined) return { ...entry, folder: file.folder };
    }
    throw new ConfigurationError(`${place}: context "${name}" names the ${kind} "${wantedName}"; add it`);
  }
}

/** The files that are read, which need not exist. */
function kubeconfigPaths({ KUBECONFIG = "", HOME }: NodeJS.ProcessEnv): readonly string[] {
  const paths = KUBECONFIG.split(path.delimiter).filter((file) => file !== "");
  return paths.length > 0 ? paths : [path.join(HOME || homedir(), ".kube", "config")];
}

function parseKubeconfig(text: string, file: string): KubeconfigFile {
  try {
    const content: unknown = parse(text) ?? {};
    if (typeof content !== "object" || Array.isArray(content)) throw new Error("it is no mapping");
    return { ...content, folder: path.dirname(path.resolve(file)) };
  } catch (error) {
    throw new ConfigurationError(`${file}: not a kubeconfig (${(error as Error).message}); check KUBECONFIG`);
  }
}

/** Undefined for a file that does not exist. */
function readKubeconfig(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigurationError(`${file}: cannot be read (${(error as Error).message}); check KUBECONFIG`);
  }
}

function readCredentials(user: UserEntry, folder: string): ContextCredentials {
  const { token, tokenFile, exec } = user;
  return {
    token,
    tokenFile: tokenFile === undefined ? undefined : path.resolve(folder, tokenFile),
    certificate: pem(user, "client-certificate", folder),
    key: pem(user, "client-key", folder),
    program: exec && {
      command: exec.command.includes("/") ? path.resolve(folder, exec.command) : exec.command,
      words: exec.args ?? [],
      environment: Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
      apiVersion: exec.apiVersion,
    },
  };
}

function pem<Name extends string>(entry: Pem<Name>, name: Name, folder: string): string | undefined {
  const data = entry[`${name}-data`];
  if (data !== undefined) return Buffer.from(data, "base64").toString();
  if (entry[name] === undefined) return undefined;
  const file = path.resolve(folder, entry[name]);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigurationError(
      `${file}: the ${name} of the kubeconfig cannot be read (${(error as Error).message}); renew it`,
    );
  }
}
