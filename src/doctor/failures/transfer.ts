import type { Failure } from "../failure.ts";

/** The helper cannot fetch the project, or transfer the cache or artifacts. */
export const TRANSFER: readonly Failure[] = [
  {
    id: "artifacts-too-large",
    symptoms: [/Uploading artifacts.*(?:too large archive|\b413\b)/i, /^FATAL: too large/i],
    cause: "The artifacts are larger than GitLab, or a proxy in front of it, accepts.",
    remedy:
      "List fewer `paths`, or raise the maximum artifacts size in GitLab's settings (instance, group or " +
      "project). For a proxy, raise its limit, such as client_max_body_size of nginx.",
    source:
      "https://docs.gitlab.com/administration/settings/continuous_integration/, " +
      "https://github.com/sameersbn/docker-gitlab/issues/1726",
  },
  {
    id: "artifacts-server-error",
    general: true,
    symptoms: [/Uploading artifacts.*\b50\d (?:Internal Server Error|Bad Gateway|Service Unavailable)/i],
    cause: "GitLab could not store the artifacts.",
    remedy: "Read GitLab's log at that time: its storage may be full, not writable or misconfigured.",
    source: "https://docs.gitlab.com/administration/cicd/job_artifacts_troubleshooting/",
  },
  {
    id: "cache-refused",
    onlyWith: /\bcache\b/i,
    symptoms: [/\breceived: 403 Forbidden/i],
    cause: "The cache's object storage refuses the runner's credentials or signature.",
    remedy:
      "Check [runners.cache.s3]: keys or role, bucket, region and address. The role needs to read and " +
      "write the bucket's objects, and keys of its encryption.",
    source: "https://docs.gitlab.com/runner/configuration/advanced-configuration/#the-runnerscaches3-section",
  },
  {
    id: "git-certificate",
    symptoms: [
      /fatal: unable to access .*(?:SSL certificate problem|server certificate verification failed)/i,
      /\bSSL certificate problem: (?:unable to get local issuer|self.signed) certificate/i,
    ],
    cause: "Git or curl in the container does not trust the certificate authority of the server.",
    remedy:
      "For the project's own GitLab, set tls-ca-file of the runner to a file with the whole chain. For " +
      "other servers, add the authority to the job's image.",
    source: "https://docs.gitlab.com/runner/configuration/tls-self-signed/",
  },
  {
    id: "git-forbidden",
    symptoms: [
      /remote: You are not allowed to download code from this project/i,
      /remote: HTTP Basic: Access denied/i,
    ],
    cause: "The job's token or the credentials in use have no right to this repository.",
    remedy:
      "Add this project to the job token permissions of the other one, and its user as a member there. " +
      "Check deploy tokens for expiry.",
    source: "https://docs.gitlab.com/ci/jobs/ci_job_token/",
  },
  {
    id: "commit-not-fetched",
    symptoms: [
      /fatal: reference is not a tree: [0-9a-f]{7}/i,
      /fatal: couldn't find remote ref \S+/i,
      /Server does not allow request for unadvertised object/i,
    ],
    cause: "The commit is not among those fetched: the branch was rewritten since, or has moved on.",
    remedy: "Retry the pipeline of the newest commit, or raise GIT_DEPTH.",
    source: "https://docs.gitlab.com/ci/runners/configure_runners/#shallow-cloning",
  },
  {
    id: "git-no-credentials",
    symptoms: [/fatal: could not read (?:Username|Password) for '/i],
    cause:
      "Git has no credentials for this repository, mostly a submodule's or dependency's, and cannot ask.",
    remedy:
      "Use a relative URL for submodules of the same GitLab, or GIT_SUBMODULE_FORCE_HTTPS. Otherwise: " +
      'git config --global url."https://gitlab-ci-token:$CI_JOB_TOKEN@HOST/".insteadOf "https://HOST/".',
    source: "https://docs.gitlab.com/ci/runners/git_submodules/",
  },
  {
    id: "git-url-wrong",
    symptoms: [/fatal: '.*' does not appear to be a git repository/i],
    cause: "The address of the repository is no URL: its scheme, such as https://, is missing.",
    remedy:
      "Correct clone_url in [[runners]], or in GitLab's settings external_url or the custom Git clone URL.",
    source: "https://docs.gitlab.com/runner/configuration/advanced-configuration/#how-clone_url-works",
  },
  {
    id: "gitlab-overloaded",
    symptoms: [
      /remote error: GitLab is currently unable to handle this request due to load/i,
      /unable to access '.*': The requested URL returned error: 50\d/i,
    ],
    cause: "The Git server could not serve the repository: it is overloaded, restarting, or failing.",
    remedy:
      "Retry the job; GET_SOURCES_ATTEMPTS: 3 does it by itself. For a GitLab of your own, look at its load.",
    source: "https://docs.gitlab.com/ci/runners/configure_runners/#job-stages-attempts",
  },
  {
    id: "git-connection-lost",
    // A refusal ends the connection as well.
    neverWith: /\b(?:returned error: |HTTP )4\d\d\b/,
    symptoms: [
      /unable to access '.*': .*(?:TLS connect error|unexpected eof|Recv failure|Empty reply)/i,
      /error: RPC failed; (?:curl|HTTP|result)/i,
      /fatal: early EOF/i,
    ],
    cause: "The connection to the Git server broke: the server, a proxy or the network ended it.",
    remedy:
      "Retry the job; GET_SOURCES_ATTEMPTS: 3 does it by itself. For large repositories lower GIT_DEPTH. " +
      "If it hangs each time, look at the MTU of the containers' network and at proxies.",
    source: "https://docs.gitlab.com/ci/runners/configure_runners/#job-stages-attempts",
  },
  {
    id: "artifacts-forbidden",
    general: true,
    symptoms: [/Uploading artifacts.*(?:\b403\b|forbidden)/i],
    cause:
      "GitLab, or a proxy in front of it, refuses the upload: mostly the job had ended or was cancelled " +
      "there.",
    remedy:
      "Check the job's timeout in GitLab, and rules of a proxy or firewall for uploads. Then retry the job.",
    source: "https://docs.gitlab.com/administration/cicd/job_artifacts_troubleshooting/",
  },
  {
    id: "git-too-old",
    symptoms: [/git fetch-pack: expected shallow list/i],
    cause: "Git on the runner's host, or in its helper image, is too old for a shallow fetch.",
    remedy: "Update git there to version 2, or set GIT_DEPTH: 0.",
    source: "https://docs.gitlab.com/ci/runners/configure_runners/#shallow-cloning",
  },
];
