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
  readonly authorities?: string;
  /** The name to check the server's certificate for. @default the one in its address */
  readonly serverName?: string;
  /** Whether every certificate of the server is accepted. */
  readonly isInsecure: boolean;
  readonly credentials: ContextCredentials;
}

/** How the user of a context proves who they are. */
export interface ContextCredentials {
  readonly token?: string;
  /** A file with a token that another program renews. */
  readonly tokenFile?: string;
  /** The PEM texts of a client certificate and its key. */
  readonly certificate?: string;
  readonly key?: string;
  readonly program?: CredentialProgram;
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

/** A kubeconfig, of which only what is read here is typed. Paths in it are relative to its folder. */
interface KubeconfigFile {
  readonly path: string;
  readonly "current-context"?: string;
  readonly clusters?: readonly { readonly name: string; readonly cluster?: ClusterEntry }[] | null;
  readonly users?: readonly { readonly name: string; readonly user?: UserEntry }[] | null;
  readonly contexts?: readonly { readonly name: string; readonly context?: ContextEntry }[] | null;
}

interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
}

interface ClusterEntry {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "tls-server-name"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
}

interface UserEntry {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly exec?: {
    readonly apiVersion: string;
    readonly command: string;
    readonly args?: readonly string[] | null;
    readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  };
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
  const files = paths.flatMap((file) => readKubeconfig(file) ?? []);
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
  const { context } = find(files, "contexts", name) ?? {};
  if (context === undefined) {
    const known = files.flatMap(({ contexts }) => (contexts ?? []).map((entry) => entry.name)).join(", ");
    throw new ConfigurationError(`${place}: no context "${name}"; it has ${known || "none"}`);
  }
  const { cluster, folder: clusterFolder } = require("clusters", context.cluster);
  const { user = {}, folder } = require("users", context.user);
  if (cluster?.server === undefined)
    throw new ConfigurationError(`${place}: cluster "${context.cluster}" has no server; add its address`);
  const authorities = pem(cluster, "certificate-authority", clusterFolder);
  const serverName = cluster["tls-server-name"];
  return {
    name,
    server: cluster.server,
    ...(authorities !== undefined && { authorities }),
    ...(serverName !== undefined && { serverName }),
    isInsecure: cluster["insecure-skip-tls-verify"] === true,
    credentials: readCredentials(user, folder),
  };

  function require<Key extends "clusters" | "users">(key: Key, entry: string | undefined) {
    const found = entry === undefined ? undefined : find(files, key, entry);
    if (found !== undefined) return found;
    const kind = key.replace(/s$/, "");
    throw new ConfigurationError(`${place}: context "${name}" names the ${kind} "${entry}"; add it`);
  }
}

/** The files that are read, which need not exist. */
function kubeconfigPaths({ KUBECONFIG = "", HOME }: NodeJS.ProcessEnv): readonly string[] {
  const paths = KUBECONFIG.split(path.delimiter).filter((file) => file !== "");
  return paths.length > 0 ? paths : [path.join(HOME || homedir(), ".kube", "config")];
}

function readKubeconfig(file: string): KubeconfigFile | undefined {
  const text = readKubeconfigText(file);
  return text === undefined ? undefined : parseKubeconfig(text, file);
}

function parseKubeconfig(text: string, file: string): KubeconfigFile {
  try {
    const content: unknown = parse(text) ?? {};
    if (typeof content !== "object" || Array.isArray(content)) throw new Error("it is no mapping");
    return { ...content, path: file };
  } catch (error) {
    throw new ConfigurationError(`${file}: not a kubeconfig (${(error as Error).message}); check KUBECONFIG`);
  }
}

function readKubeconfigText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigurationError(`${file}: cannot be read (${(error as Error).message}); check KUBECONFIG`);
  }
}

/** The first entry of a name, with the folder that its relative paths start from. */
function find<Key extends "clusters" | "users" | "contexts">(
  files: readonly KubeconfigFile[],
  key: Key,
  name: string,
) {
  type Entry = NonNullable<KubeconfigFile[Key]>[number];
  for (const file of files) {
    const entries: readonly Entry[] = file[key] ?? [];
    const entry = entries.find((each) => each.name === name);
    if (entry !== undefined) return { ...entry, folder: path.dirname(path.resolve(file.path)) };
  }
  return undefined;
}

function readCredentials(user: UserEntry, folder: string): ContextCredentials {
  const { token, tokenFile, exec } = user;
  const certificate = pem(user, "client-certificate", folder);
  const key = pem(user, "client-key", folder);
  return {
    ...(token !== undefined && { token }),
    ...(tokenFile !== undefined && { tokenFile: path.resolve(folder, tokenFile) }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(exec && {
      program: {
        command: exec.command.includes("/") ? path.resolve(folder, exec.command) : exec.command,
        words: exec.args ?? [],
        environment: Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
        apiVersion: exec.apiVersion,
      },
    }),
  };
}

/** A certificate or key: base64 in the kubeconfig, or the path of a file. */
function pem<Name extends string>(
  entry: { readonly [Key in Name | `${Name}-data`]?: string },
  name: Name,
  folder: string,
): string | undefined {
  const data = entry[`${name}-data`];
  if (data !== undefined) return Buffer.from(data, "base64").toString();
  const file = entry[name];
  return file === undefined ? undefined : readReferredFile(path.resolve(folder, file), name);
}

function readReferredFile(file: string, name: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigurationError(
      `${file}: the ${name} of the kubeconfig cannot be read (${(error as Error).message}); renew it`,
    );
  }
}
