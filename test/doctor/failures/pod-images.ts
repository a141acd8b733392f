import type { LogsOfFailures } from "./logs-of-failures.ts";

const IMAGE = "registry.example.com/team/app:1";

/** The line of a runner whose node did not get the image for this reason. */
function pullFailed(reason: string): string {
  return (
    `WARNING: Failed to pull image "${IMAGE}" for container "build" with policy "Always": image pull ` +
    `failed: failed to pull and unpack image "${IMAGE}": ${reason}`
  );
}

/** The pod started later, with the next pull policy. */
function overcome(reason: string): readonly string[] {
  return [pullFailed(reason), "Running on runner-t3abcdef-project-7-concurrent-0 via runner-6d5f..."];
}

export const POD_IMAGES_LOGS: LogsOfFailures = {
  "node-pull-limit": {
    shownBy: [pullFailed("429 Too Many Requests - Server message: toomanyrequests: pull rate limit")],
    notShownBy: [overcome("429 Too Many Requests"), "HTTP 429 Too Many Requests"],
  },
  "node-registry-certificate": {
    shownBy: [
      pullFailed('Head "https://registry.example.com/v2/": x509: certificate signed by unknown authority'),
    ],
    notShownBy: ['Get "https://registry.example.com/v2/": x509: certificate signed by unknown authority'],
  },
  "node-registry-without-tls": {
    shownBy: [pullFailed("http: server gave HTTP response to HTTPS client")],
    notShownBy: ["http: server gave HTTP response to HTTPS client"],
  },
  "node-registry-name-unknown": {
    shownBy: [pullFailed("dial tcp: lookup registry.ci.svc.cluster.local on 10.0.0.2:53: no such host")],
    notShownBy: ["dial tcp: lookup db.example.com on 10.0.0.2:53: no such host"],
  },
  "node-registry-unreachable": {
    shownBy: [
      pullFailed("dial tcp 192.0.2.7:443: i/o timeout"),
      pullFailed("proxyconnect tcp: dial tcp 10.1.1.2:3128: connect: connection refused"),
    ],
    notShownBy: ["dial tcp 192.0.2.7:443: i/o timeout"],
  },
  "node-registry-login": {
    shownBy: [
      pullFailed("failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized"),
      pullFailed("pull access denied, repository does not exist or may require authorization"),
    ],
    notShownBy: [overcome("401 Unauthorized"), "curl: 401 Unauthorized"],
  },
  "node-image-architecture": {
    shownBy: [pullFailed("no match for platform in manifest: not found")],
    notShownBy: ["no match for platform"],
  },
  "node-image-unknown": {
    shownBy: [pullFailed(`failed to resolve reference "${IMAGE}": ${IMAGE}: not found`)],
    notShownBy: ["/bin/sh: app: not found"],
  },
  "node-image-name-invalid": {
    shownBy: [
      "ERROR: Job failed: prepare environment: waiting for pod running: image pull failed: Failed to " +
        'apply default image tag "registry.example.com/Team/:": couldn\'t parse image name: invalid ' +
        "reference format",
    ],
    notShownBy: ["the reference has an invalid format"],
  },
  "node-pull-failed": {
    shownBy: [
      'WARNING: Failed to pull image with policy "": image pull failed: Back-off pulling image ' +
        `"${IMAGE}"`,
    ],
    notShownBy: [[`image pull failed: Back-off pulling image "${IMAGE}"`, pullFailed("toomanyrequests")]],
  },
};
