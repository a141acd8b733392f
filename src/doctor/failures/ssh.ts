import type { Failure } from "../failure.ts";

const SSH_KEYS = "https://docs.gitlab.com/ci/jobs/ssh_keys/";

/** A script or git does not get through by SSH. */
export const SSH: readonly Failure[] = [
  {
    id: "ssh-host-key",
    symptoms: [/Host key verification failed/i],
    cause: "SSH does not know the server's host key: a job's container starts with no known_hosts.",
    remedy:
      "Keep the output of `ssh-keyscan HOST` in a CI/CD variable, and write it first: mkdir -p ~/.ssh && " +
      'echo "$SSH_KNOWN_HOSTS" > ~/.ssh/known_hosts. If the server itself clones by SSH, its own ' +
      "known_hosts counts.",
    source: SSH_KEYS,
  },
  {
    id: "ssh-key-format",
    symptoms: [
      /Load key ".*": (?:error in libcrypto|invalid format)/i,
      /Error loading key ".*": (?:error in libcrypto|invalid format)/i,
    ],
    cause:
      "SSH cannot read the private key: mostly its last line end is missing, it has Windows line ends, " +
      "or the variable is empty because it is protected and the branch is not.",
    remedy:
      "Use a variable of type File whose value ends with an empty line, convert it with `tr -d '\\r'`, and " +
      "compare the variable's protection with the branch's.",
    source: SSH_KEYS,
  },
  {
    id: "ssh-key-permissions",
    symptoms: [/Permissions 0?\d{3,4} for '.*' are too open/i],
    cause: "SSH ignores the private key: others may read its file.",
    remedy: 'In the script: chmod 600 "$SSH_PRIVATE_KEY".',
    source: SSH_KEYS,
  },
  {
    id: "ssh-unreachable",
    symptoms: [/ssh: connect to host \S+ port \d+: /i],
    cause: "SSH gets no connection to that host and port.",
    remedy: "Check the port, the firewall and whether the runner's network reaches the host.",
    source: SSH_KEYS,
  },
  {
    id: "ssh-key-refused",
    general: true,
    symptoms: [/Permission denied \([\w,-]*publickey[\w,-]*\)/i],
    cause:
      "The server accepts none of the keys that SSH offers: the job has no key, the key has a " +
      "passphrase, or its public half is not allowed for that user or repository.",
    remedy:
      "In the script: eval $(ssh-agent -s) && ssh-add KEY. Add the public key to the server's " +
      "authorized_keys, or to the project as a deploy key. For projects of the same GitLab, use " +
      "CI_JOB_TOKEN over HTTPS.",
    source: SSH_KEYS,
  },
];
