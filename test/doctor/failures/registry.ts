import type { LogsOfFailures } from "./logs-of-failures.ts";

export const REGISTRY_LOGS: LogsOfFailures = {
  "registry-name-unknown": {
    shownBy: [
      'Error response from daemon: Get "https://registry.example.com/v2/": dial tcp: ' +
        "lookup registry.example.com on 10.0.0.2:53: no such host",
      "failed to fetch anonymous token: Get " +
        '"https://auth.docker.io/token?service=registry.docker.io": dial tcp: lookup ' +
        "auth.docker.io on 127.0.0.53:53: server misbehaving",
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: ' +
        "lookup registry-1.docker.io on 10.0.0.2:53: read udp 10.0.0.9:4711->10.0.0.2:53: i/o " +
        "timeout",
    ],
    notShownBy: [
      'Error response from daemon: Get "https://registry.example.com/v2/": dial tcp: ' +
        "lookup registry.example.com on 127.0.0.11:53: no such host",
    ],
  },
  "registry-certificate": {
    shownBy: [
      'Error response from daemon: Get "https://registry.example.com/v2/": tls: failed to ' +
        "verify certificate: x509: certificate signed by unknown authority",
      "ERROR: failed to solve: registry.example.com/team/app:1: failed to do request: Head " +
        '"https://registry.example.com/team": x509: certificate signed by unknown authority',
    ],
    notShownBy: [
      'Get "https://hooks.example.com/deploy": x509: certificate signed by unknown ' + "authority",
    ],
  },
  "registry-certificate-name": {
    shownBy: [
      'Get "https://registry.example.com/v2/": tls: failed to verify certificate: x509: ' +
        "certificate is valid for *.example.org, not registry.example.com",
      'Get "https://registry.example.com/v2/": x509: certificate relies on legacy Common ' +
        "Name field, use SANs instead",
    ],
    notShownBy: [
      'Get "https://hooks.example.com/deploy": x509: certificate is valid for ' +
        "*.example.org, not hooks.example.com",
    ],
  },
  "registry-without-tls": {
    shownBy: [
      'Error response from daemon: Get "https://registry.example.com:5000/v2/": http: ' +
        "server gave HTTP response to HTTPS client",
    ],
    notShownBy: ["http: server gave HTTP response to HTTPS client"],
  },
  "registry-unreachable": {
    shownBy: [
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: ' +
        "request canceled while waiting for connection (Client.Timeout exceeded while awaiting " +
        "headers)",
      'Error response from daemon: Get "https://registry.example.com/v2/": dial tcp ' +
        "10.1.2.3:443: connect: connection refused",
      'WARNING: Failed to pull image with policy "always": download failed after attempts=6: dial tcp ' +
        "[2001:db8::7]:443: connect: network is unreachable (manager.go:250:108s)",
    ],
    notShownBy: ['Error response from daemon: Get "https://registry.example.com/v2/": EOF'],
  },
  "pull-limit": {
    shownBy: [
      "Error response from daemon: toomanyrequests: You have reached your pull rate limit.",
      '"message": "You have reached your unauthenticated pull rate limit. ' +
        'https://www.docker.com/increase-rate-limit"',
      'ERROR: Job failed: failed to pull image "alpine:3" with specified policies ' +
        "[always]: Error response from daemon: toomanyrequests: limit (manager.go:250:1s)",
    ],
    notShownBy: ["HTTP 429: slow down"],
  },
  "registry-login-of-runner": {
    shownBy: [
      "ERROR: Preparation failed: Error response from daemon: Head " +
        '"https://registry.example.com/v2/team/app/manifests/1": no basic auth credentials',
      'WARNING: Failed to pull image with policy "always": Error response from daemon: ' +
        'Head "https://registry.example.com/v2/team/app/manifests/1": unauthorized: ' +
        "authentication required (manager.go:237:0s)",
      'ERROR: Job failed: failed to pull image "team/app" with specified policies ' +
        "[always]: Error response from daemon: pull access denied for team/app, repository " +
        "does not exist or may require 'docker login'",
      'WARNING: Failed to pull image with policy "always": Error response from daemon: ' +
        "denied: access forbidden",
    ],
    notShownBy: [
      'WARNING: Failed to pull image with policy "always": Error response from daemon: ' +
        "received unexpected HTTP status: 502",
    ],
  },
  "registry-no-login": {
    shownBy: ["no basic auth credentials"],
    notShownBy: ["401: basic auth required"],
  },
  "registry-denied": {
    shownBy: [
      "Error response from daemon: pull access denied for team/app, repository does not " +
        "exist or may require 'docker login'",
      "denied: requested access to the resource is denied",
      "denied: access forbidden",
      "server message: insufficient_scope: authorization failed",
      "error checking push permissions -- make sure you entered the correct tag name, and " +
        "that you are authenticated correctly",
    ],
    notShownBy: ["403: access to this page is denied"],
  },
  "registry-wrong-login": {
    shownBy: [
      'Error response from daemon: Get "https://registry.example.com/v2/": unauthorized: ' +
        "HTTP Basic: Access denied.",
      'Error response from daemon: Get "https://registry.example.com/v2/": denied: denied',
      "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
    ],
    notShownBy: ["GET /api/v4/user: 401 Unauthorized"],
  },
  "image-architecture-missing": {
    shownBy: ["no matching manifest for linux/arm64/v8 in the manifest list entries"],
    notShownBy: ["built for linux/amd64, linux/arm64"],
  },
  "image-tag-unknown": {
    shownBy: [
      "Error response from daemon: manifest for redis:99 not found: manifest unknown: " + "manifest unknown",
    ],
    notShownBy: ["manifest.json not found"],
  },
  "image-name-invalid": {
    shownBy: [
      "docker: invalid reference format: repository name (team/App) must be lowercase.",
      'ERROR: Job failed: failed to pull image ":latest" with specified policies [always]: ' +
        "invalid reference format",
      'ERROR: invalid tag "registry.example.com/team/app:a/b"',
      "repository name must be lowercase",
      'error checking push permissions: unexpected status code 400: {"details":"invalid repository name"}',
    ],
    notShownBy: ["invalid date format"],
  },
  "image-not-allowed": {
    shownBy: ['ERROR: The "mysql:8" image is not present on list of allowed images:'],
    notShownBy: ["mysql:8 is allowed"],
  },
  "pull-policy-not-allowed": {
    shownBy: [
      "ERROR: Job failed: pull_policy ([never]) defined in GitLab pipeline config is not one " +
        "of the allowed_pull_policies ([always])",
    ],
    notShownBy: ["Using effective pull policy of [always] for container alpine:3"],
  },
  "login-not-interactive": {
    shownBy: [
      "Error: Cannot perform an interactive login from a non TTY device",
      "Must provide --username with --password-stdin",
      "flag needs an argument: 'p' in -p",
      "error: password is empty",
    ],
    notShownBy: ["test_that_an_empty_password_is_refused: password is empty PASSED"],
  },
};
