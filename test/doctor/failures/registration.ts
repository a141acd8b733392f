import type { LogsOfFailures } from "./logs-of-failures.ts";

export const REGISTRATION_LOGS: LogsOfFailures = {
  "registration-token": {
    shownBy: [
      "ERROR: Registering runner... failed  runner=GR134894 status=POST " +
        "https://gitlab.example.com/api/v4/runners: 410 Gone",
    ],
    notShownBy: ["curl: (22) The requested URL returned error: 410 Gone"],
  },
  "registration-refused": {
    shownBy: [
      "ERROR: Registering runner... forbidden (check registration token)  runner=GR134894",
      "ERROR: Registering runner... failed  runner=GR134894 status=POST " +
        "https://gitlab.example.com/api/v4/runners: 403 Forbidden",
    ],
    notShownBy: ["Registering runner... succeeded                     runner=GR134894"],
  },
  "runner-token-refused": {
    shownBy: [
      "ERROR: Verifying runner... is not valid                correlation_id=01J " + "runner=t3_abcdef",
      "ERROR: Verifying runner... is removed                  runner=t3_abcdef",
      "ERROR: Verifying runner... failed  runner=t3_abcdef status=POST " +
        "https://gitlab.example.com/api/v4/runners/verify: 403 Forbidden",
      "ERROR: Checking for jobs... forbidden                  runner=t3_abcdef status=POST " +
        "https://gitlab.example.com/api/v4/jobs/request: 403 Forbidden",
    ],
    notShownBy: [
      "Checking for jobs... received                     job=7 " +
        "repo_url=https://gitlab.example.com/a.git",
    ],
  },
  "gitlab-certificate": {
    shownBy: [
      "WARNING: Checking for jobs... failed  runner=abc status=couldn't execute POST against " +
        "https://gitlab.example.com/api/v4/jobs/request: Post " +
        '"https://gitlab.example.com/api/v4/jobs/request": tls: failed to verify ' +
        "certificate: x509: certificate signed by unknown authority",
      "ERROR: Registering runner... failed  runner=abc status=Post " +
        '"https://gitlab.example.com/api/v4/runners": x509: certificate has expired or is ' +
        "not yet valid",
    ],
    notShownBy: [
      'Post "https://hooks.example.com/deploy": x509: certificate signed by unknown ' + "authority",
    ],
  },
  "gitlab-out-of-reach": {
    shownBy: [
      "WARNING: Checking for jobs... failed               correlation_id=18c97f47 " +
        "runner=abcdefghi runner_name=containers status=execute JSON request: execute request: " +
        "couldn't execute POST against http://gitlab.invalid/api/v4/jobs/request: Post " +
        '"http://gitlab.invalid/api/v4/jobs/request": dial tcp: lookup gitlab.invalid on ' +
        "10.255.255.53:53: no such host",
      "ERROR: Verifying runner... failed                  runner=abcdefghi status=execute " +
        "JSON request: execute request: couldn't execute POST against " +
        "http://127.0.0.1:9999/api/v4/runners/verify: Post " +
        '"http://127.0.0.1:9999/api/v4/runners/verify": dial tcp 127.0.0.1:9999: connect: ' +
        "connection refused",
    ],
    notShownBy: [
      'Post "https://hooks.example.com/deploy": dial tcp 10.1.2.3:443: connect: connection ' + "refused",
    ],
  },
  "runner-disabled": {
    shownBy: [
      'ERROR: Runner "https://gitlab.example.comt3_abcdef0" is unhealthy and will be ' +
        "disabled for 3600 seconds!",
    ],
    notShownBy: ["service web is unhealthy"],
  },
  "no-runner-with-tags": {
    shownBy: [
      "This job is stuck because of one of the following problems. There are no active " +
        "runners online, no runners for the protected branch, or no runners that match all of " +
        "the job's tags: docker",
      "This job is stuck because you don't have any active runners online or available with " +
        "any of these tags assigned to them: docker-in-docker",
    ],
    notShownBy: ["2 tags pushed"],
  },
};
