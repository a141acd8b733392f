import type { Failure } from "../failure.ts";
import { POD_RUNS } from "./on-kubernetes.ts";
import { NO_SUCH_HOST } from "./reaching-the-daemon.ts";

const IMAGES = "https://kubernetes.io/docs/concepts/containers/images/";
const PULL_SECRETS = "https://docs.gitlab.com/runner/executors/kubernetes/#other-configtoml-settings";

/** `image pull failed` is the Kubernetes executor's; the rest of the line is the node's. */
function pullFailed(reason: string): RegExp {
  return new RegExp(`image pull failed: .*(?:${reason})`, "i");
}

/** A node cannot pull an image of the job's pod. */
export const POD_IMAGES: readonly Failure[] = [
  {
    id: "node-pull-limit",
    symptoms: [pullFailed("toomanyrequests|429 Too Many Requests|pull rate limit")],
    neverWith: POD_RUNS,
    cause: "The registry's limit of pulls is reached: all nodes behind one address share it.",
    remedy:
      "Let the nodes pull from a registry mirror, or with credentials (image_pull_secrets). Set the pull " +
      "policy if-not-present, and helper_image to a copy if it is the helper's image.",
    source: "https://docs.docker.com/docker-hub/usage/",
  },
  {
    id: "node-registry-certificate",
    symptoms: [pullFailed("x509: ")],
    neverWith: POD_RUNS,
    cause: "The node does not trust the registry's certificate. The end of the line tells why.",
    remedy:
      "Add the certificate authority to the container runtime of each node: for containerd " +
      "/etc/containerd/certs.d/REGISTRY/hosts.toml, or the node's own trusted certificates. Settings of " +
      "the job or runner do not change it.",
    source: "https://github.com/containerd/containerd/blob/main/docs/hosts.md",
  },
  {
    id: "node-registry-without-tls",
    symptoms: [pullFailed("server gave HTTP response to HTTPS client")],
    neverWith: POD_RUNS,
    cause: "The registry answers without TLS, and the node's container runtime requires TLS.",
    remedy:
      "Give the registry a certificate, or declare it with http:// in the container runtime of each node: " +
      "for containerd /etc/containerd/certs.d/REGISTRY/hosts.toml.",
    source: "https://github.com/containerd/containerd/blob/main/docs/hosts.md",
  },
  {
    id: "node-registry-name-unknown",
    symptoms: [pullFailed(`\\blookup \\S+?(?: on \\S+)?: ${NO_SUCH_HOST}`)],
    neverWith: POD_RUNS,
    cause: "The node cannot resolve the registry's name. Nodes do not use the cluster's DNS.",
    remedy:
      "Correct the image's name or the name server of the nodes. A Service of the cluster is no registry " +
      "for its nodes: give it a name that they resolve.",
    source: IMAGES,
  },
  {
    id: "node-registry-unreachable",
    symptoms: [pullFailed("i/o timeout|connection refused|no route to host|proxyconnect|handshake timeout")],
    neverWith: POD_RUNS,
    cause: "The node gets no connection to the registry, or to its own proxy.",
    remedy:
      "Try `crictl pull IMAGE` on the node. Correct its proxy, firewall or route; or use a registry that " +
      "it reaches, for the helper by helper_image.",
    source: IMAGES,
  },
  {
    id: "node-registry-login",
    symptoms: [
      pullFailed(
        "\\b40[13]\\b|unauthorized|pull access denied|access forbidden|authorization failed|" +
          "authentication required|no basic auth|denied: ",
      ),
    ],
    neverWith: POD_RUNS,
    cause:
      "The registry refuses the image to the node: the pod has no valid credentials for it, or there is no " +
      "such image.",
    remedy:
      "Check the image's name. Put the credentials into DOCKER_AUTH_CONFIG, a CI/CD variable or in " +
      "`environment` of the runner, or into a secret in the namespace of the jobs, listed in " +
      "image_pull_secrets. For the helper's image, set helper_image to one that can be pulled.",
    source: `${PULL_SECRETS}, https://docs.gitlab.com/ci/docker/using_docker_images/`,
  },
  {
    id: "node-image-architecture",
    symptoms: [
      pullFailed(
        "no match for platform in manifest|no matching manifest for|no image found in .* for architecture",
      ),
    ],
    neverWith: POD_RUNS,
    cause: "The image does not exist for the node's architecture or operating system.",
    remedy:
      "Use an image that has it, or set node_selector to nodes of the image's architecture. If it is the " +
      "helper's image, set helper_image to the one for the nodes, such as arm64-VERSION.",
    source: "https://docs.gitlab.com/runner/executors/kubernetes/#specify-the-node-to-execute-builds",
  },
  {
    id: "node-image-unknown",
    symptoms: [pullFailed("not found|manifest unknown|does not exist")],
    neverWith: POD_RUNS,
    cause: "The registry has no image with this name, tag or digest.",
    remedy:
      "Correct the name or tag, or run the job that pushes it first. For the helper's image, compare its " +
      "tag with the runner's version.",
    source: IMAGES,
  },
  {
    id: "node-image-name-invalid",
    symptoms: [pullFailed("invalid reference format|InvalidImageName|couldn't parse image")],
    neverWith: POD_RUNS,
    cause:
      "The image's name is not valid. Often a variable in it is empty: protected variables exist only on " +
      "protected branches. Repositories allow no upper-case letters.",
    remedy: "Read the name in the log as it was expanded, and correct the variable or the name.",
    source: "https://docs.gitlab.com/ci/variables/#protect-a-cicd-variable",
  },
  {
    id: "node-pull-failed",
    general: true,
    symptoms: [/image pull failed: (?:Back-off pulling image|ErrImagePull)/i],
    neverWith: POD_RUNS,
    cause: "The node cannot pull the image. Its reason is in the pod's events, not in this log.",
    remedy:
      "Pull the image by hand to see the reason: kubectl run pull-test --image=IMAGE -n NAMESPACE, then " +
      "kubectl describe pod pull-test. Usual reasons are its name, credentials, or a limit of pulls.",
    source: IMAGES,
  },
];
