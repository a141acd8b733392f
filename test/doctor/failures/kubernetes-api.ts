import type { LogsOfFailures } from "./logs-of-failures.ts";

const SYSTEM_FAILURE = "ERROR: Job failed (system failure): prepare environment: ";
const POD = 'pods "runner-t3abcdef-project-7-concurrent-0-x1y2z3"';
const REFUSED = `${SYSTEM_FAILURE}setting up build pod: ${POD} is forbidden: `;
const ACCOUNT = 'User "system:serviceaccount:ci:runner" cannot';
const SECRETS = "https://10.96.0.1:443/api/v1/namespaces/ci/secrets";
const REQUEST = `${SYSTEM_FAILURE}setting up credentials: Post "${SECRETS}": `;

export const KUBERNETES_API_LOGS: LogsOfFailures = {
  "kubernetes-credentials": {
    shownBy: [
      `${SYSTEM_FAILURE}setting up credentials: secrets is forbidden: User "system:anonymous" cannot ` +
        'create resource "secrets" in API group "" in the namespace "ci"',
      `${SYSTEM_FAILURE}setting up credentials: Unauthorized`,
      `${SYSTEM_FAILURE}setting up build pod: the server has asked for the client to provide credentials`,
    ],
    notShownBy: ["curl: (22) The requested URL returned error: 401 Unauthorized"],
  },
  "runner-service-account-rights": {
    shownBy: [
      `${SYSTEM_FAILURE}setting up credentials: secrets is forbidden: ${ACCOUNT} create resource "secrets" ` +
        'in API group "" in the namespace "jobs"',
    ],
    notShownBy: [`Error from server (Forbidden): pods is forbidden: ${ACCOUNT} list resource "pods"`],
  },
  "job-service-account-rights": {
    shownBy: [
      `Error from server (Forbidden): deployments.apps is forbidden: ${ACCOUNT} list resource "deployments"`,
      `Error: query: failed to query with labels: secrets is forbidden: ${ACCOUNT} list resource "secrets"`,
    ],
    notShownBy: [`${SYSTEM_FAILURE}secrets is forbidden: ${ACCOUNT} create resource "secrets"`],
  },
  "quota-exceeded": {
    shownBy: [`${REFUSED}exceeded quota: all, requested: requests.memory=2Gi, used: 55Gi, limited: 56Gi`],
    notShownBy: ["Disk quota exceeded"],
  },
  "quota-needs-limits": {
    shownBy: [`${REFUSED}failed quota: all: must specify limits.cpu,limits.memory`],
    notShownBy: ["error: must specify a file"],
  },
  "limit-range": {
    shownBy: [
      `${REFUSED}maximum memory usage per Container is 2Gi, but limit is 4Gi`,
      `${REFUSED}[minimum cpu usage per Pod is 100m, but request is 50m]`,
      `${REFUSED}cpu max limit to request ratio per Container is 2, but provided ratio is 4.0`,
    ],
    notShownBy: ["Maximum memory usage was 2 GiB"],
  },
  "pod-security": {
    shownBy: [
      `${REFUSED}violates PodSecurity "restricted:latest": privileged (container "build" must not set ` +
        "securityContext.privileged=true)",
    ],
    notShownBy: ['Warning: would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false'],
  },
  "security-context-constraint": {
    shownBy: [
      `${REFUSED}unable to validate against any security context constraint: [provider "restricted-v2": ` +
        ".containers[0].privileged: Invalid value: true]",
    ],
    notShownBy: ["constraint violated: no security context"],
  },
  "admission-denied": {
    shownBy: [
      `${SYSTEM_FAILURE}setting up build pod: admission webhook "validate.kyverno.svc-fail" denied the ` +
        "request: policy Pod/ci/runner for resource violation",
      `${REFUSED}ValidatingAdmissionPolicy 'limits' with binding 'limits' denied request: no limits`,
    ],
    notShownBy: ["The request was denied by the server"],
  },
  "admission-webhook-down": {
    shownBy: [
      `${SYSTEM_FAILURE}setting up build pod: Internal error occurred: failed calling webhook ` +
        '"inject.example.com": failed to call webhook: context deadline exceeded',
      `${SYSTEM_FAILURE}setting up credentials: Timeout: request did not complete within requested timeout`,
    ],
    notShownBy: ["POST /webhook 500"],
  },
  "service-account-missing": {
    shownBy: [
      `${REFUSED}error looking up service account ci/builder: serviceaccount "builder" not found`,
      `${SYSTEM_FAILURE}Timed out while waiting for ServiceAccount/builder to be present in the cluster`,
    ],
    notShownBy: ["account builder not found"],
  },
  "pull-secret-missing": {
    shownBy: [
      `${SYSTEM_FAILURE}Timed out while waiting for ImagePullSecret/hub to be present in the cluster`,
    ],
    notShownBy: ["Timed out while waiting for a secret"],
  },
  "namespace-ending": {
    shownBy: [`${REFUSED}unable to create new content in namespace ci because it is being terminated`],
    notShownBy: ["The process is being terminated"],
  },
  "namespace-missing": {
    shownBy: [`${SYSTEM_FAILURE}setting up credentials: namespaces "jobs" not found`],
    notShownBy: ['Error from server (NotFound): namespaces "review-7" not found'],
  },
  "kubernetes-certificate": {
    shownBy: [`${REQUEST}tls: failed to verify certificate: x509: certificate signed by unknown authority`],
    notShownBy: ["error: x509: certificate signed by unknown authority"],
  },
  "kubernetes-api-unreachable": {
    shownBy: [
      `${REQUEST}dial tcp 10.96.0.1:443: i/o timeout`,
      `${REQUEST}dial tcp: connect: connection refused`,
    ],
    notShownBy: ['Get "http://app:8080/api/v1/users": dial tcp 10.0.0.3:8080: connect: connection refused'],
  },
  "kubernetes-api-overloaded": {
    shownBy: [
      `${SYSTEM_FAILURE}etcdserver: request timed out`,
      `${SYSTEM_FAILURE}Internal error occurred: resource quota evaluates timeout`,
      `${SYSTEM_FAILURE}setting up build pod: context deadline exceeded`,
      `${REQUEST}net/http: request canceled (Client.Timeout exceeded while awaiting headers)`,
    ],
    notShownBy: ["panic: context deadline exceeded"],
  },
  "overwrite-too-high": {
    shownBy: [
      "ERROR: Preparation failed: couldn't prepare overwrites: invalid build limits specified: the " +
        'resource "memory_limit" requested "8Gi" is higher than limit allowed "4Gi"',
    ],
    notShownBy: ["requested 8Gi, allowed 4Gi"],
  },
  "overwrite-not-allowed": {
    shownBy: [
      'ERROR: Preparation failed: couldn\'t prepare overwrites: provided value "prod" does not match ' +
        '"^ci-.*"',
    ],
    notShownBy: ['provided value "prod" does not match'],
  },
  "request-above-limit": {
    shownBy: [
      `${SYSTEM_FAILURE}setting up build pod: Pod "runner-x" is invalid: spec.containers[0].resources` +
        '.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    notShownBy: ["the value must be less than or equal to 5"],
  },
  "service-alias-invalid": {
    shownBy: [
      `${SYSTEM_FAILURE}setting up build pod: provided host alias my_db for service postgres:17 is invalid ` +
        "DNS. a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters",
    ],
    notShownBy: ["my_db is an invalid name"],
  },
  "image-not-declared": {
    shownBy: [
      "ERROR: Preparation failed: check defaults error: no image specified and no default set in config",
    ],
    notShownBy: ["no image specified"],
  },
};
