import type { Failure } from "../failure.ts";
import { NO_SUCH_HOST } from "./reaching-the-daemon.ts";

const CERTIFICATES_OF_REGISTRIES = "https://docs.docker.com/engine/security/certificates/";
const PRIVATE_IMAGES =
  "https://docs.gitlab.com/ci/docker/using_docker_images/#access-an-image-from-a-private-container-registry";

/** An image cannot be pulled or pushed. */
export const REGISTRY: readonly Failure[] = [
  {
    id: "registry-name-unknown",
    // A nested daemon that asks 127.0.0.11 has more causes: https://github.com/moby/moby/issues/20037
    symptoms: [
      new RegExp(
        `^(?!.*\\b127\\.0\\.0\\.11\\b).*(?:/v2/|auth\\.docker\\.io/token)` +
          `.*\\blookup \\S+?(?: on \\S+)?: ${NO_SUCH_HOST}`,
        "i",
      ),
    ],
    cause:
      "The engine that pulls the image cannot resolve the registry's name: its name server does not know " +
      "the name, or does not answer.",
    remedy:
      "Correct the name server of the engine's host (/etc/resolv.conf). For a Docker-in-Docker service, " +
      "set `dns` in [runners.docker].",
    source: "https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnersdocker-section",
  },
  {
    id: "registry-certificate",
    symptoms: [
      /\/v2\/.*x509: certificate signed by unknown authority/i,
      /failed to (?:do request|authorize|resolve|push).*x509: certificate signed by unknown authority/i,
    ],
    cause:
      "The engine that pulls or pushes the image does not trust the certificate authority of the " +
      "registry, or of a proxy in between.",
    remedy:
      "Copy the authority's certificate to /etc/docker/certs.d/REGISTRY/ca.crt where that engine runs; " +
      "for a Docker-in-Docker service mount it there, for BuildKit name it in buildkitd.toml.",
    source: CERTIFICATES_OF_REGISTRIES,
  },
  {
    id: "registry-certificate-name",
    symptoms: [
      /\/v2\/.*x509: (?:certificate is valid for .+, not \S+|certificate relies on legacy Common Name)/i,
    ],
    cause: "The registry's certificate does not include the name by which the engine connects to it.",
    remedy:
      "Use a name that the certificate includes as a subject alternative name, or renew the certificate.",
    source: CERTIFICATES_OF_REGISTRIES,
  },
  {
    id: "registry-without-tls",
    symptoms: [/\/v2\/.*server gave HTTP response to HTTPS client/i],
    cause: "The registry answers without TLS, and the engine requires TLS.",
    remedy:
      "Give the registry a certificate, or list it in `insecure-registries` of the engine that pulls. A " +
      "Docker-in-Docker service takes --insecure-registry as an argument.",
    source: "https://docs.docker.com/reference/cli/dockerd/#insecure-registries",
  },
  {
    id: "registry-unreachable",
    symptoms: [
      /\/v2\/(?!.*\blookup ).*(?:Client\.Timeout exceeded|i\/o timeout)/i,
      /\/v2\/(?!.*\blookup ).*(?:connect: connection refused|no route to host|proxyconnect)/i,
      /\bpull image\b(?!.*\blookup ).*(?:network is unreachable|handshake timeout)/i,
    ],
    cause: "The engine that pulls the image gets no connection to the registry.",
    remedy:
      "Try `docker pull` on that engine's host. Behind a proxy, set `proxies` in the engine's " +
      "daemon.json; for a Docker-in-Docker service, HTTPS_PROXY as a variable. Otherwise ask for the " +
      "firewall.",
    source: "https://docs.docker.com/engine/daemon/proxy/",
  },
  {
    id: "pull-limit",
    symptoms: [/toomanyrequests/i, /You have reached your (?:unauthenticated )?pull rate limit/i],
    cause:
      "The registry's limit of pulls is reached. A nested daemon starts with no images: each job pulls " +
      "again.",
    remedy:
      "Run a registry mirror beside the runner and configure it for the engine and for nested daemons " +
      "(--registry-mirror), or log in.",
    source: "https://docs.docker.com/docker-hub/usage/",
  },
  {
    id: "registry-login-of-runner",
    saidBy: "runner",
    symptoms: [
      /no basic auth credentials/i,
      /unauthorized: /i,
      /\bpull access denied\b/i,
      /access forbidden/i,
    ],
    cause:
      "The runner cannot pull the image: it has no credentials for this registry, they are not enough, or " +
      "there is no such image.",
    remedy:
      "Check the image's name. Put the credentials into DOCKER_AUTH_CONFIG, a CI/CD variable or in " +
      "`environment` of the runner. A credential helper must be installed on the runner's host.",
    source: PRIVATE_IMAGES,
  },
  {
    id: "registry-no-login",
    saidBy: "job",
    symptoms: [/no basic auth credentials/i],
    cause: "The Docker client has no credentials for this registry.",
    remedy: "Run `docker login` with that registry's name in the same job, before the pull or push.",
    source: "https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/",
  },
  {
    id: "registry-denied",
    saidBy: "job",
    symptoms: [
      /\bpull access denied for /i,
      /denied: requested access to the resource is denied/i,
      /denied: access forbidden/i,
      /insufficient_scope: authorization failed/i,
      /error checking push permissions(?!.*invalid repository name)/i,
    ],
    cause: "The registry has no image of this name, or the credentials have no right to it.",
    remedy:
      "Check the image's name; one that a job built exists only on that job's daemon, unless it is " +
      "pushed. Run `docker login` with a user or token that may read it, or write it for a push.",
    source: "https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/",
  },
  {
    id: "registry-wrong-login",
    saidBy: "job",
    symptoms: [
      /unauthorized: (?:incorrect username or password|HTTP Basic: Access denied|authentication required)/i,
      /failed to fetch (?:oauth|anonymous) token.*\b40[13]\b/i,
      /\/v2\/": denied: denied/i,
    ],
    cause: "The registry does not accept the user name and password or token.",
    remedy:
      "Check the user, the token's expiry and its scopes (read_registry, write_registry). " +
      "CI_JOB_TOKEN is valid only while its job runs.",
    source: "https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/",
  },
  {
    id: "image-architecture-missing",
    symptoms: [/no matching manifest for \w+\/\S+ in the manifest list/i],
    cause: "The image does not exist for the architecture of the engine's host.",
    remedy: "Use an image that has it, or a runner of another architecture.",
    source: "https://docs.docker.com/build/building/multi-platform/",
  },
  {
    id: "image-tag-unknown",
    symptoms: [/\bmanifest (?:for \S+ )?(?:not found|unknown)\b/i],
    cause: "The repository has no image with this tag or digest.",
    remedy: "Correct the tag; or run the job that pushes it first.",
    source: "https://distribution.github.io/distribution/spec/api/#errors-2",
  },
  {
    id: "image-name-invalid",
    symptoms: [
      /\binvalid reference format\b/i,
      /\berror: invalid tag "/i,
      /repository name must be lowercase/i,
      /\binvalid repository name\b/i,
    ],
    cause:
      "The image's name is not valid. Often a variable in it is empty: protected variables exist only on " +
      "protected branches. Repositories allow no upper-case letters.",
    remedy: "Read the name in the log as it was expanded, and correct the variable or the name.",
    source: "https://docs.gitlab.com/ci/variables/#protect-a-cicd-variable",
  },
  {
    id: "image-not-allowed",
    symptoms: [/is not present on list of allowed (?:\w+ )?(?:images|services)/i],
    cause: "The runner's configuration does not allow this image.",
    remedy: "Use an image of the list, or add it to allowed_images or allowed_services in config.toml.",
    source: "https://docs.gitlab.com/runner/executors/docker/#restrict-docker-images-and-services",
  },
  {
    id: "pull-policy-not-allowed",
    symptoms: [/pull_policy \(\[?.*\) .*is not one of the allowed_pull_policies/i],
    cause: "The job asks for a pull policy that the runner does not allow.",
    remedy: "Remove pull_policy from the job, or add it to allowed_pull_policies in config.toml.",
    source: "https://docs.gitlab.com/runner/executors/docker/#configure-how-runners-pull-images",
  },
  {
    id: "login-not-interactive",
    symptoms: [
      /Cannot perform an interactive login from a non TTY device/i,
      /Must provide --username with --password-stdin/i,
      /flag needs an argument: '[pu]' in -[pu]/i,
      /^error: password is empty/i,
    ],
    cause:
      "`docker login` got no user name or no password: the variable is empty. Protected variables exist " +
      "only on protected branches.",
    remedy:
      "Check the variable's name, environment and protection. For GitLab's own registry use " +
      "CI_REGISTRY_USER and CI_REGISTRY_PASSWORD, which each job has if the registry is enabled.",
    source: "https://docs.gitlab.com/ci/variables/#protect-a-cicd-variable",
  },
];
