import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import type { Environment } from "../../machine/environment.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { IN_CLUSTER, podContext, SERVICE_ACCOUNT } from "./pod-context.ts";
import { type ClusterProxy, parseProxy } from "./proxy.ts";

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
  /** @default the one that the environment names, if any */
  readonly proxy?: ClusterProxy | undefined;
  readonly credentials: ContextCredentials;
  /** The namespace that kubectl works in. @default none is named */
  readonly namespace?: string | undefined;
  /** The user that the context's own user acts as. @default their own name */
  readonly impersonation?: Impersonation | undefined;
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
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
  /** What the program is told of the cluster. @default nothing */
  readonly cluster?: object | undefined;
  /** How to get the program, if it is missing. */
  readonly installHint?: string | undefined;
}

type Texts<Key extends string> = { readonly [Name in Key]?: string };

/** A certificate or key: base64 in the kubeconfig, or the path of a file. */
type Pem<Name extends string> = Texts<Name | `${Name}-data`>;

interface ClusterEntry
  extends Texts<"server" | "tls-server-name" | "proxy-url">,
    Pem<"certificate-authority"> {
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly extensions?: readonly (Named & { readonly extension?: unknown })[] | null;
}

interface UserEntry
  extends Texts<"token" | "tokenFile" | "username" | "as" | "as-uid">,
    Pem<"client-certificate">,
    Pem<"client-key"> {
  readonly "as-groups"?: readonly string[] | null;
  readonly "as-user-extra"?: Readonly<Record<string, readonly string[]>> | null;
  readonly "auth-provider"?: { readonly name?: string } | null;
  readonly exec?: {
    readonly apiVersion: string;
    readonly command: string;
    readonly installHint?: string;
    readonly provideClusterInfo?: boolean;
    readonly interactiveMode?: string;
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
  readonly contexts?:
    | readonly (Named & { readonly context?: Texts<"cluster" | "user" | "namespace"> })[]
    | null;
  /** The folder that relative paths in it start from. */
  readonly folder: string;
}

/**
 * Reads a context from the files of KUBECONFIG, else from ~/.kube/config, as kubectl does: of two entries of
 * one name the first counts. Without any file, a pod gets the context of its service account,
 * which has the name in-cluster.
 *
 * @param wanted the context's name. @default the current context
 * @param account the folder of the service account
 * @throws ConfigurationError for a missing or broken file, and for a context that does not exist
 */
export function readContext(
  environment: Environment,
  wanted?: string,
  account = SERVICE_ACCOUNT,
): KubernetesContext {
  const paths = kubeconfigPaths(environment);
  const files = paths.flatMap((file) => {
    const text = readKubeconfig(file);
    return text === undefined ? [] : [parseKubeconfig(text, file)];
  });
  const mayBeInPod = files.length === 0 && [undefined, IN_CLUSTER].includes(wanted);
  const inPod = mayBeInPod ? podContext(environment, account) : undefined;
  return inPod ?? contextIn(files, paths.join(path.delimiter), wanted);
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
    namespace: context.namespace,
    server: cluster.server,
    authorities: pem(cluster, "certificate-authority", clusterFolder),
    serverName: cluster["tls-server-name"],
    isInsecure: cluster["insecure-skip-tls-verify"] === true,
    ...(cluster["proxy-url"] && {
      proxy: parseProxy(cluster["proxy-url"], `${place}: proxy-url of cluster "${context.cluster}"`),
    }),
    credentials: supported(
      readCredentials(user, folder, () => clusterInfo(cluster, clusterFolder)),
      user,
      `${place}: user "${context.user}"`,
    ),
    impersonation: readImpersonation(user, `${place}: user "${context.user}"`),
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
function kubeconfigPaths({ KUBECONFIG = "", HOME }: Environment): readonly string[] {
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

function readCredentials(user: UserEntry, folder: string, readCluster: () => object): ContextCredentials {
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
      ...(exec.provideClusterInfo === true && { cluster: readCluster() }),
      installHint: exec.installHint,
    },
  };
}

/** `spec.cluster`: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
function clusterInfo(cluster: ClusterEntry, folder: string): object {
  const authorities = pem(cluster, "certificate-authority", folder);
  const extension = cluster.extensions?.find(({ name }) => name === "client.authentication.k8s.io/exec");
  return {
    server: cluster.server,
    "tls-server-name": cluster["tls-server-name"],
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"],
    "certificate-authority-data": authorities && Buffer.from(authorities).toString("base64"),
    "proxy-url": cluster["proxy-url"],
    config: extension?.extension,
  };
}

/** @throws ConfigurationError if a user has other credentials only: without any, requests are anonymous */
function supported(credentials: ContextCredentials, user: UserEntry, place: string): ContextCredentials {
  const { token, tokenFile, certificate, program } = credentials;
  if (user.exec?.interactiveMode === "Always")
    throw new ConfigurationError(
      `${place}: its exec plugin ${user.exec.command} requires a terminal, which Nestbox does not pass on; ` +
        "set its interactiveMode to IfAvailable, and log in with it before",
    );
  if ((token ?? tokenFile ?? certificate ?? program) !== undefined) return credentials;
  const remedy = "use a token, a client certificate or an exec plugin";
  if (user.username !== undefined)
    throw new ConfigurationError(
      `${place}: has a name and a password, which Kubernetes 1.19 and newer do not accept; ${remedy}`,
    );
  if (user["auth-provider"])
    throw new ConfigurationError(
      `${place}: has an auth-provider, which kubectl 1.26 and newer do not know; ${remedy}`,
    );
  return credentials;
}

/** @throws ConfigurationError for groups of nobody, which the API server refuses */
function readImpersonation(entry: UserEntry, place: string): Impersonation | undefined {
  const { as: user, "as-uid": uid } = entry;
  const groups = entry["as-groups"] ?? [];
  const extra = entry["as-user-extra"] ?? {};
  if (user) return { user, uid, groups, extra };
  if (uid === undefined && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  throw new ConfigurationError(`${place}: has as-uid, as-groups or as-user-extra without as; add as`);
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
