import { createRequire } from "node:module";
import { join } from "node:path";
import { askDocker, callDocker, engineVersion, readMessages } from "../docker/api.ts";
import { readContainerFile } from "../docker/container-file.ts";
import { inspectImage, removeImageName, saveImages } from "../docker/engine-images.ts";
import type { DockerHost } from "../docker/host.ts";
import { removeContainer } from "../docker/remove-container.ts";
import { type ChildRequest, runChild } from "../machine/child-process.ts";
import type { Environment } from "../machine/environment.ts";
import { installedVersion, ownVersion, packageFolders } from "../machine/installed-packages.ts";
import { acquireLock } from "../machine/lock.cjs";
import { recordedProcess } from "../machine/running-process.ts";
import { ConfigurationError } from "../model/problem.ts";

/** The optional package with the stand-ins. No module in src/ imports it. */
const NAME = "nestbox-airgap";

/** The functions that the package takes as an argument. */
export function dependenciesFor(environment: Environment) {
  return {
    runChild: (request: ChildInEnvironment) => runChild({ environment, ...request }),
    ...{ acquireLock, recordedProcess },
    ...{ askDocker, callDocker, engineVersion, readContainerFile, readMessages, removeContainer },
    ...{ inspectImage, removeImageName, saveImages },
  };
}

/** A child of the package, which has the environment of the set-up unless it names another. */
type ChildInEnvironment = Omit<ChildRequest, "environment"> & Partial<Pick<ChildRequest, "environment">>;

type Dependencies = ReturnType<typeof dependenciesFor>;

interface Task {
  readonly dependencies: Dependencies;
  readonly cache: string;
  readonly signal?: AbortSignal | undefined;
  readonly onDetail: (text: string) => void;
}

interface EngineTask extends Task {
  readonly docker: DockerHost;
  /** The address of the engine's registry mirror, if it has one. */
  readonly mirror?: string | undefined;
}

type ClusterPlace = Pick<EngineTask, "dependencies" | "cache" | "docker">;

interface OwnEngine {
  readonly docker: DockerHost;
  /** The address of its registry mirror, if it has one. */
  readonly mirror?: string;
}

/** A Kubernetes cluster that the package started. */
export interface OwnCluster {
  /** The path of the file for KUBECONFIG. */
  readonly kubeconfig: string;
  readonly version: string;
  /** The path of the kubectl of its version, if it was compiled here. */
  readonly kubectl?: string;
  /** The registry mirror of its node, which its pods reach as well. */
  readonly mirror?: string;
}

export type PulumiProgram = "cli" | "languageHost" | "dockerProvider" | "kubernetesProvider";

/** The versions that compiled providers report: those of their npm packages. */
export interface ProviderVersions {
  readonly dockerVersion?: string | undefined;
  readonly kubernetesVersion?: string | undefined;
}

/** The exports of the package. test/setup/airgap.test.ts compares them with it. */
export interface AirgapExports {
  /** The error of a compilation: Go is missing or too old, or its proxy lacks a module. */
  readonly CannotCompile: new (
    message: string,
  ) => Error;
  /** The reason why no engine can be started on this machine; undefined if one can. */
  readonly engineObstacle: () => string | undefined;
  readonly startEngine: (
    request: Task & { readonly mtu: number; readonly useMirror: boolean },
  ) => Promise<OwnEngine>;
  readonly runningEngine: (dependencies: Dependencies) => OwnEngine | undefined;
  /** False if none ran. */
  readonly stopEngine: (dependencies: Dependencies) => Promise<boolean>;
  readonly startCluster: (request: EngineTask) => Promise<OwnCluster>;
  readonly runningCluster: (place: ClusterPlace) => Promise<OwnCluster | undefined>;
  /** False if none ran. */
  readonly stopCluster: (place: ClusterPlace) => Promise<boolean>;
  /** The docker command of the engine. */
  readonly dockerCommand: (cache: string) => string;
  /** The images that can be built, with the other images that they need, and what is compiled for them. */
  readonly STAND_INS: readonly {
    readonly name: string;
    readonly needs?: string;
    readonly programs?: string;
    readonly onRequest?: boolean;
  }[];
  /** The state of a stand-in's recipe; undefined for an image that is no stand-in. */
  readonly standInState: (
    name: string,
    labels: Readonly<Record<string, string>>,
    mirror: string | undefined,
  ) => "current" | "outdated" | undefined;
  readonly buildStandIn: (name: string, request: EngineTask) => Promise<void>;
  readonly removeDanglingBuilds: (docker: DockerHost, dependencies: Dependencies) => Promise<void>;
  readonly missingInMirror: (
    names: readonly string[],
    request: Omit<EngineTask, "onDetail" | "mirror">,
  ) => Promise<readonly string[]>;
  readonly addToMirror: (names: readonly string[], request: Omit<EngineTask, "mirror">) => Promise<void>;
  readonly compiledCliVersion: () => string;
  /** The path of a compiled program; the file may not exist yet. */
  readonly compiledProgram: (cache: string, program: PulumiProgram, versions: ProviderVersions) => string;
  readonly compilePulumi: (
    programs: readonly PulumiProgram[],
    versions: ProviderVersions,
    task: Task,
  ) => Promise<void>;
  /** The folder of the stand-in for the GitLab provider, for PATH. */
  readonly GITLAB_PROVIDER_FOLDER: string;
}

/** The package's exports, and the functions that they take as an argument. */
export interface Airgap extends AirgapExports {
  readonly dependencies: Dependencies;
}

/**
 * Loads the package from the project's or this package's node_modules; undefined if neither has it.
 * @param environment of the programs that it starts
 * @throws ConfigurationError for another version than this package's: both sides change together
 */
export function loadAirgap(projectFolder: string, environment: Environment): Airgap | undefined {
  for (const folder of packageFolders(projectFolder)) {
    const version = installedVersion(NAME, folder);
    if (version === undefined) continue;
    if (version !== ownVersion())
      throw new ConfigurationError(
        `${folder}: ${NAME} ${version} does not fit nestbox ${ownVersion()}; ` +
          `run npm install --save-dev ${NAME}@${ownVersion()}`,
      );
    const load = createRequire(join(folder, "package.json"));
    return { ...(load(NAME) as AirgapExports), dependencies: dependenciesFor(environment) };
  }
  return undefined;
}
