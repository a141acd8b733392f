import type { Failure } from "../failure.ts";

/** The runner cannot register with GitLab, or gets no jobs. */
export const REGISTRATION: readonly Failure[] = [
  {
    id: "registration-token",
    symptoms: [/POST \S+\/runners: 410 Gone/],
    cause:
      "The runner uses a registration token. GitLab refuses those unless an administrator allows them; " +
      "GitLab 20.0 removes them.",
    remedy: "Create the runner in GitLab and use its authentication token, which starts with glrt-.",
    source: "https://docs.gitlab.com/ci/runners/new_creation_workflow/",
  },
  {
    id: "registration-refused",
    symptoms: [/Registering runner\.\.\. forbidden/i, /Registering runner\.\.\. failed.*\b403\b/i],
    cause:
      "GitLab refuses the registration token: it is wrong, or registration is switched off for its kind " +
      "of runner.",
    remedy:
      "Create the runner in GitLab and use its authentication token, which starts with glrt-. Otherwise " +
      "allow registration in the admin area, under CI/CD.",
    source:
      "https://docs.gitlab.com/ci/runners/new_creation_workflow/, " +
      "https://github.com/sameersbn/docker-gitlab/issues/2720",
  },
  {
    id: "runner-token-refused",
    symptoms: [
      /Verifying runner\.\.\. is (?:not valid|removed)/i,
      /ERROR: Verifying runner.*(?:403|forbidden)/i,
      /POST .*\/runners\/verify: 403 Forbidden/i,
      /Checking for jobs\.\.\. forbidden/i,
    ],
    cause:
      "GitLab refuses the runner's token: it was revoked or reset, or belongs to another GitLab instance.",
    remedy:
      "Compare `url` in config.toml with the GitLab that created the runner; " +
      "reset the token there and deploy it again.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/commands/verify.go",
  },
  {
    id: "gitlab-certificate",
    symptoms: [
      /couldn't execute (?:POST|PUT|PATCH|DELETE) against .*x509: /i,
      /Registering runner\.\.\. .*x509: /i,
    ],
    cause:
      "The runner, or its helper, does not accept GitLab's certificate. The end of the line tells why: " +
      "mostly an authority of your own.",
    remedy:
      "Set tls-ca-file in [[runners]] to a file with the authority and any intermediate certificates; with " +
      "`gitlab-runner register`: --tls-ca-file.",
    source: "https://docs.gitlab.com/runner/configuration/tls-self-signed/",
  },
  {
    id: "gitlab-out-of-reach",
    symptoms: [/couldn't execute (?:POST|PUT|PATCH|DELETE) against https?:\/\/\S+\/api\/v4\//i],
    cause:
      "GitLab is unreachable for the runner, which then gets no jobs, or for its helper, which uploads " +
      "artifacts. The end of the line names the cause: name resolution, refused connection, or " +
      "untrusted certificate.",
    remedy:
      "Run `gitlab-runner verify` in the runner's container. Correct `url` in config.toml, or the " +
      "container's name servers or proxy; for a private certificate authority, set tls-ca-file. " +
      "`nestbox doctor` on the runner's host checks both sides.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/network/client.go",
  },
  {
    id: "runner-disabled",
    symptoms: [/is (?:unhealthy|not healthy) and will be disabled/i],
    cause:
      "GitLab refused the runner three times in a row, so the runner pauses for an hour. " +
      "The usual cause is an invalid token.",
    remedy: "Configure a valid token, then restart the runner: it does not retry within the hour.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/commands/multi.go",
  },
  {
    id: "no-runner-with-tags",
    symptoms: [
      /job is stuck because .*(?:runners?|tags)/i,
      /no (?:active |online )*runners? (?:that match|with|online with).*tags?/i,
    ],
    cause:
      "No online runner takes the job: none has all its tags, or the job has no tags and no runner takes " +
      "untagged jobs, or the runner is protected and the branch is not.",
    remedy:
      "Compare `tags` of the job with those of the runner in GitLab, and check run_untagged, access_level " +
      "and locked there. In emitted files the tags come from the declared runners.",
    source: "https://docs.gitlab.com/ci/runners/configure_runners/#control-jobs-that-a-runner-can-run",
  },
];
