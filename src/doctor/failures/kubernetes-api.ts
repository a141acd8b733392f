import type { Failure } from "../failure.ts";

const EXECUTOR = "https://docs.gitlab.com/runner/executors/kubernetes/";
const TROUBLESHOOTING = "https://docs.gitlab.com/runner/executors/kubernetes/troubleshooting/";
const PERMISSIONS = `${EXECUTOR}#configure-runner-api-permissions`;
const QUOTAS = "https://kubernetes.io/docs/concepts/policy/resource-quotas/";
const OVERWRITES = `${EXECUTOR}#overwrite-container-resources`;

const ACCOUNT_FORBIDDEN: readonly RegExp[] = [
  /is forbidden: User "system:serviceaccount:[^"]+" cannot \w+ /i,
];

/** The Kubernetes API does not answer the runner, or refuses the job's pod. */
export const KUBERNETES_API: readonly Failure[] = [
  {
    id: "kubernetes-credentials",
    saidBy: "runner",
    symptoms: [
      /is forbidden: User "system:anonymous" cannot /i,
      /(?:prepare environment|setting up [\w ]+): Unauthorized\b/,
      /the server has asked for the client to provide credentials/i,
    ],
    cause: "The Kubernetes API does not accept the runner's credentials, or the runner sends none.",
    remedy:
      "In the cluster, run the runner with a service account of its own. Elsewhere, set bearer_token, or " +
      "cert_file and key_file, in [runners.kubernetes], and renew a token that has expired.",
    source: `${EXECUTOR}#connect-to-the-kubernetes-api`,
  },
  {
    id: "runner-service-account-rights",
    saidBy: "runner",
    symptoms: ACCOUNT_FORBIDDEN,
    cause:
      "The runner's service account lacks a right in the namespace of the jobs. The line names the " +
      "account, the verb, the resource and the namespace.",
    remedy:
      "Bind a Role with that right in that namespace to the account; with the Helm chart, set rbac.create: " +
      "true. If the account or namespace is not the intended one, correct the runner's service account, or " +
      "`namespace` in [runners.kubernetes].",
    source: PERMISSIONS,
  },
  {
    id: "job-service-account-rights",
    saidBy: "job",
    symptoms: ACCOUNT_FORBIDDEN,
    cause:
      "The script uses the Kubernetes API as a service account that lacks the right. The line names the " +
      "account, the verb, the resource and the namespace.",
    remedy:
      "Bind a Role with that right in that namespace to the account. Jobs of the Kubernetes executor use " +
      "`service_account` of [runners.kubernetes], or the namespace's default account.",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
  },
  {
    id: "quota-exceeded",
    symptoms: [/is forbidden: exceeded quota: /i],
    cause:
      "The namespace's ResourceQuota is used up. The line names the quota and what is requested, used and " +
      "allowed.",
    remedy:
      "Run fewer jobs at once (`concurrent`, `limit`), request less (cpu_request, memory_request), or " +
      "raise the quota. If it counts pods or secrets, remove those of ended jobs.",
    source: QUOTAS,
  },
  {
    id: "quota-needs-limits",
    symptoms: [/is forbidden: failed quota: .*must specify /i],
    cause: "The namespace has a ResourceQuota, and a container of the job's pod does not set what it counts.",
    remedy:
      "Set the named requests and limits in [runners.kubernetes] for build, helper_ and service_ " +
      "containers. For init containers, use a LimitRange with defaults in the namespace.",
    source: `${QUOTAS}, https://gitlab.com/gitlab-org/gitlab-runner/-/issues/29645`,
  },
  {
    id: "limit-range",
    symptoms: [
      /is forbidden: \[?(?:maximum|minimum) [\w.-]+ usage per (?:Container|Pod) is /i,
      /is forbidden: \[?[\w.-]+ max limit to request ratio per /i,
    ],
    cause: "A LimitRange of the namespace does not allow the requests or limits of the job's pod.",
    remedy: "Change the requests and limits in [runners.kubernetes], or the LimitRange.",
    source: "https://kubernetes.io/docs/concepts/policy/limit-range/",
  },
  {
    id: "pod-security",
    symptoms: [/is forbidden: violates PodSecurity /i],
    cause:
      "The namespace's Pod Security Standard does not allow the job's pod. The line names each setting " +
      "that is missing or not allowed.",
    remedy:
      "Set what the line names in [runners.kubernetes.pod_security_context] and in the security contexts " +
      "of the containers. Run privileged jobs in another namespace, by a runner of their own.",
    source: "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
  },
  {
    id: "security-context-constraint",
    symptoms: [/unable to validate against any security context constraint/i],
    cause: "No SecurityContextConstraint that the pod's service account may use allows the job's pod.",
    remedy:
      "Remove what the line names, such as `privileged` or run_as_user, from [runners.kubernetes]; or " +
      "grant the job's service account an SCC that allows it: oc adm policy add-scc-to-user SCC -z " +
      "ACCOUNT.",
    source: "https://docs.gitlab.com/runner/configuration/configuring_runner_operator/",
  },
  {
    id: "admission-denied",
    symptoms: [
      /admission webhook "[^"]+" denied the request/i,
      /ValidatingAdmissionPolicy '[^']+' .*denied request/i,
    ],
    cause: "A policy of the cluster refuses the job's pod. The end of the line is the policy's reason.",
    remedy:
      "Change what the policy names in [runners.kubernetes], such as labels, limits, security context or " +
      "image; or let the cluster's administrator exempt the namespace.",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",
  },
  {
    id: "admission-webhook-down",
    symptoms: [
      /failed calling webhook "/i,
      /(?:prepare environment|setting up [\w ]+): Timeout: request did not complete within/i,
    ],
    cause: "An admission webhook of the cluster does not answer, so the API creates no pod.",
    remedy:
      "Repair the webhook's service, which the line may name, or exempt the namespace of the jobs: kubectl " +
      "get validatingwebhookconfigurations,mutatingwebhookconfigurations. Then retry the job.",
    source: TROUBLESHOOTING,
  },
  {
    id: "service-account-missing",
    symptoms: [
      /error looking up service account /i,
      /Timed out while waiting for ServiceAccount\/\S+ to be present in the cluster/i,
    ],
    cause: "The job's service account does not exist in the namespace of the jobs.",
    remedy:
      "Create it there, or correct `service_account` in [runners.kubernetes], or the job's variable " +
      "KUBERNETES_SERVICE_ACCOUNT_OVERWRITE.",
    source: `${EXECUTOR}#overwrite-the-kubernetes-default-service-account`,
  },
  {
    id: "pull-secret-missing",
    symptoms: [/Timed out while waiting for ImagePullSecret\/\S+ to be present in the cluster/i],
    cause: "A secret of image_pull_secrets does not exist in the namespace of the jobs.",
    remedy: "Create it there: pods do not use secrets of other namespaces. Or correct image_pull_secrets.",
    source: `${EXECUTOR}#resources-check-during-prepare-step`,
  },
  {
    id: "namespace-ending",
    symptoms: [/unable to create new content in namespace \S+ because it is being terminated/i],
    cause: "The namespace of the jobs is being deleted.",
    remedy: "Wait until it is gone, create it again, and retry the job.",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
  },
  {
    id: "namespace-missing",
    saidBy: "runner",
    symptoms: [/namespaces "[^"]+" not found/i],
    cause: "The namespace of the jobs does not exist.",
    remedy:
      "Create it, or correct `namespace` in [runners.kubernetes], or the job's variable " +
      "KUBERNETES_NAMESPACE_OVERWRITE.",
    source: `${EXECUTOR}#overwrite-the-kubernetes-namespace`,
  },
  {
    id: "kubernetes-certificate",
    saidBy: "runner",
    symptoms: [/\/api\/v1\/.*x509: /i],
    cause: "The runner does not trust the certificate of the Kubernetes API.",
    remedy:
      "Set ca_file in [runners.kubernetes] to the cluster's certificate authority, and `host` to a name " +
      "that the certificate includes.",
    source: `${EXECUTOR}#connect-to-the-kubernetes-api`,
  },
  {
    id: "kubernetes-api-unreachable",
    saidBy: "runner",
    symptoms: [
      /\/api\/v1\/\S*": (?!.*\blookup ).*(?:i\/o timeout|refused|no route to host|handshake timeout)/i,
    ],
    cause: "The runner gets no connection to the Kubernetes API: it is overloaded, down, or blocked.",
    remedy:
      "Check the API server's health and load at that time, and network policies between the runner and " +
      "it. Compare the address with `host` in [runners.kubernetes].",
    source: TROUBLESHOOTING,
  },
  {
    id: "kubernetes-api-overloaded",
    saidBy: "runner",
    symptoms: [
      /\betcdserver: /,
      /resource quota evaluat\w+ time[ds]? ?out/i,
      /(?:prepare environment|setting up [\w ]+): context deadline exceeded/i,
      /\/api\/v1\/.*(?:context deadline exceeded|Client\.Timeout exceeded)/i,
    ],
    cause: "The Kubernetes API did not answer in time: it, or its etcd, is overloaded or restarted.",
    remedy:
      "Look at the API server's and etcd's latency and errors at that time. Retry the job; " +
      "retry_limit in [runners.kubernetes] lets the runner retry more often.",
    source: TROUBLESHOOTING,
  },
  {
    id: "overwrite-too-high",
    symptoms: [/the resource "[^"]+" requested "[^"]+" is higher than limit allowed/i],
    cause: "The job's variables request more cpu, memory or storage than the runner allows.",
    remedy:
      "Request less in the job's KUBERNETES_… variables, or raise the …_overwrite_max_allowed setting of " +
      "that name in [runners.kubernetes].",
    source: OVERWRITES,
  },
  {
    id: "overwrite-not-allowed",
    symptoms: [/couldn't prepare overwrites: provided value "[^"]*" does not match "/i],
    cause: "The runner's configuration does not allow a value that the job's variables set.",
    remedy:
      "Correct the variable, such as KUBERNETES_NAMESPACE_OVERWRITE, or the pattern …_overwrite_allowed in " +
      "[runners.kubernetes], which the line ends with.",
    source: `${EXECUTOR}#overwrite-the-kubernetes-namespace`,
  },
  {
    id: "request-above-limit",
    symptoms: [/\bmust be less than or equal to (?:cpu|memory|ephemeral-storage) limit/i],
    cause: "A container of the job's pod requests more than its limit, which may be a LimitRange's default.",
    remedy:
      "Raise the limit that the line names, or lower the request, in the job's variables or the runner.",
    source: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
  },
  {
    id: "service-alias-invalid",
    symptoms: [/provided host alias \S+ for service \S+ is invalid DNS/i],
    cause: "A service's alias is no DNS name: Kubernetes allows lower-case letters, digits, - and . only.",
    remedy: "Change `alias` of the service: no underscores, no upper-case letters.",
    source: "https://docs.gitlab.com/ci/services/",
  },
  {
    id: "image-not-declared",
    symptoms: [/no image specified and no default set in config/i],
    cause: "The job declares no image, and the runner has no default for it.",
    remedy: "Set `image:` in the job, or `image` in [runners.kubernetes].",
    source: EXECUTOR,
  },
];
