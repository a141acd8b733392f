import type { Failure } from "../failure.ts";

/** GitLab and the runner do not come together. */
export const REGISTRATION: readonly Failure[] = [
  {
    id: "registration-token",
    symptoms: [/POST \S+\/runners: 410 Gone/],
    cause:
      "The runner registers with a registration token. GitLab no longer takes them unless an administrator allows it; 20.0 removes them.",
    remedy: "Create the runner in GitLab and use its authentication token, which begins with glrt-.",
    source: "https://docs.gitlab.com/ci/runners/new_creation_workflow/",
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
      "GitLab does not know the runner's token: it was revoked or rotated, or belongs to another GitLab.",
    remedy:
      "Compare `url` in config.toml with the GitLab that made the runner; reset the token there and deploy it again.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/commands/verify.go",
  },
  {
    id: "gitlab-out-of-reach",
    symptoms: [/couldn't execute (?:POST|PUT|PATCH|DELETE) against https?:\/\/\S+\/api\/v4\//i],
    cause:
      "GitLab does not answer the runner, which gets no jobs then, or its helper, which uploads for a job: the end of the line says whether its name is not known, nobody listens, or its certificate is not trusted.",
    remedy:
      "Look from the runner's own place: `gitlab-runner verify` in its container. Correct `url` in config.toml, the container's name servers or proxy; for a certificate of one's own, tls-ca-file. `nestbox doctor` on the runner's host asks from both sides.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/network/client.go",
  },
  {
    id: "runner-disabled",
    symptoms: [/is unhealthy and will be disabled for \d+/i],
    cause:
      "GitLab refused the runner three times in a row, so it pauses for an hour. Mostly its token is no longer good.",
    remedy: "Give it a good token, then restart it: it does not look again before the hour is over.",
    source: "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/commands/multi.go",
  },
  {
    id: "no-runner-with-tags",
    symptoms: [
      /job is stuck because .*(?:runners?|tags)/i,
      /no (?:active |online )*runners? (?:that match|with|online with).*tags?/i,
    ],
    cause:
      "No runner that is online takes the job: none has all its tags, or it has no tags and none takes untagged jobs, or the branch is not protected and the runner is.",
    remedy:
      "Compare `tags` of the job with those of the runner in GitLab, and with run_untagged, access_level and locked there. In emitted files the tags come from sandboxes/runners.ts.",
    source: "https://docs.gitlab.com/ci/runners/configure_runners/#control-jobs-that-a-runner-can-run",
  },
];
