import type { GoPrograms } from "../go-programs.ts";

/** Programs that are compiled for stand-ins. */
export interface CompiledPrograms extends Omit<GoPrograms, "moduleFolder"> {
  /** Their names and versions, for the label of images. */
  readonly description: string;
}

/** The version in the file VERSION of gitlab-runner's module, at the commit in go.mod. */
export const GITLAB_RUNNER = { version: "19.4.0", revision: "fc1f1862bd91" } as const;

/** The versions in go.mod. */
export const BUILDKIT = { version: "0.34.2", rootlessKit: "2.3.6" } as const;

/** The version of k8s.io/kubernetes in go.mod. */
export const KUBERNETES_VERSION = "1.33.3";

/** The compiled programs, by the folder of their Go module in airgap/. */
export const COMPILED_PROGRAMS = {
  "gitlab-runner": {
    packages: ["./gitlab-runner", "./gitlab-runner-helper"],
    variables: {
      "gitlab.com/gitlab-org/gitlab-runner/common.VERSION": GITLAB_RUNNER.version,
      "gitlab.com/gitlab-org/gitlab-runner/common.REVISION": GITLAB_RUNNER.revision,
    },
    description:
      `gitlab-runner ${GITLAB_RUNNER.version} (${GITLAB_RUNNER.revision}), ` +
      "compiled with the executors docker and kubernetes",
  },
  buildkit: {
    packages: [
      "github.com/moby/buildkit/cmd/buildctl",
      "github.com/moby/buildkit/cmd/buildkitd",
      "github.com/rootless-containers/rootlesskit/v2/cmd/rootlesskit",
    ],
    variables: { "github.com/moby/buildkit/version.Version": `v${BUILDKIT.version}` },
    description: `BuildKit ${BUILDKIT.version} and RootlessKit ${BUILDKIT.rootlessKit}, compiled`,
  },
  kubernetes: {
    packages: ["./kubernetes", "./pause"],
    variables: {
      "k8s.io/component-base/version.gitVersion": `v${KUBERNETES_VERSION}`,
      "k8s.io/client-go/pkg/version.gitVersion": `v${KUBERNETES_VERSION}`,
    },
    description: `Kubernetes ${KUBERNETES_VERSION}, compiled`,
  },
} as const satisfies Readonly<Record<string, CompiledPrograms>>;
