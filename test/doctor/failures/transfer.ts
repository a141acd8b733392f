import type { LogsOfFailures } from "./logs-of-failures.ts";

export const TRANSFER_LOGS: LogsOfFailures = {
  "artifacts-too-large": {
    shownBy: [
      'ERROR: Uploading artifacts as "archive" to coordinator... 413 Request Entity Too ' + "Large  id=7",
      "ERROR: Uploading artifacts to coordinator... too large archive  id=7",
      "FATAL: too large",
    ],
    notShownBy: ["WARNING: the file is too large for a preview"],
  },
  "artifacts-server-error": {
    shownBy: [
      'WARNING: Uploading artifacts as "archive" to coordinator... POST ' +
        "https://gitlab.example.com/api/v4/jobs/7/artifacts: 500 Internal Server Error  id=7",
    ],
    notShownBy: ['Uploading artifacts as "archive" to coordinator... 201 Created  id=7'],
  },
  "cache-refused": {
    shownBy: [
      ["Checking cache for main-protected...", "FATAL: received: 403 Forbidden", "Failed to extract cache"],
    ],
    notShownBy: [
      "No URL provided, cache will be not uploaded to shared cache server. Cache will be " +
        "stored only locally.",
    ],
  },
  "git-certificate": {
    shownBy: [
      "fatal: unable to access 'https://gitlab.example.com/team/app.git/': server " +
        "certificate verification failed. CAfile: none",
      "curl: (60) SSL certificate problem: unable to get local issuer certificate",
    ],
    notShownBy: [
      "fatal: unable to access 'https://gitlab.example.com/team/app.git/': The requested URL " +
        "returned error: 502",
    ],
  },
  "git-forbidden": {
    shownBy: [
      "remote: You are not allowed to download code from this project.",
      "remote: HTTP Basic: Access denied. The provided password or token is incorrect",
    ],
    notShownBy: ["remote: The project you were looking for could not be found"],
  },
  "commit-not-fetched": {
    shownBy: [
      "fatal: reference is not a tree: 1f2e3d4c5b6a",
      "fatal: couldn't find remote ref refs/pipelines/12",
      "error: Server does not allow request for unadvertised object 1f2e3d4c5b6a",
    ],
    notShownBy: ["fatal: bad revision 'main'"],
  },
  "git-no-credentials": {
    shownBy: ["fatal: could not read Username for 'https://gitlab.example.com': terminal prompts disabled"],
    notShownBy: ["could not read the user name"],
  },
  "git-url-wrong": {
    shownBy: ["fatal: 'gitlab/team/app.git' does not appear to be a git repository"],
    notShownBy: ["fatal: not a git repository"],
  },
  "gitlab-overloaded": {
    shownBy: [
      "fatal: remote error: GitLab is currently unable to handle this request due to load (ID 01K).",
      "fatal: unable to access 'https://gitlab.example.com/team/app.git/': The requested URL returned " +
        "error: 503",
    ],
    notShownBy: ["curl: (22) The requested URL returned error: 503"],
  },
  "git-connection-lost": {
    shownBy: [
      "fatal: unable to access 'https://gitlab.example.com/team/app.git/': TLS connect error: unexpected eof",
      "error: RPC failed; curl 18 transfer closed with outstanding read data remaining",
      "fatal: early EOF",
    ],
    notShownBy: [["error: RPC failed; HTTP 413 curl 22", "fatal: the remote end hung up unexpectedly"]],
  },
  "artifacts-forbidden": {
    shownBy: ['ERROR: Uploading artifacts as "archive" to coordinator... 403 Forbidden  id=12'],
    notShownBy: ["HTTP 403 Forbidden"],
  },
  "git-too-old": {
    shownBy: [["fatal: git fetch-pack: expected shallow list", "fatal: The remote end hung up unexpectedly"]],
    notShownBy: ["fatal: The remote end hung up unexpectedly"],
  },
};
