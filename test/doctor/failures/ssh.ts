import type { LogsOfFailures } from "./logs-of-failures.ts";

export const SSH_LOGS: LogsOfFailures = {
  "ssh-host-key": { shownBy: ["Host key verification failed."], notShownBy: ["The host key was verified"] },
  "ssh-key-format": {
    shownBy: ['Load key "/root/.ssh/id": error in libcrypto', 'Error loading key "(stdin)": invalid format'],
    notShownBy: ["the key has an invalid format"],
  },
  "ssh-key-permissions": {
    shownBy: ["Permissions 0666 for '/builds/team/app.tmp/KEY' are too open."],
    notShownBy: ["Permissions of the file are open"],
  },
  "ssh-unreachable": {
    shownBy: ["ssh: connect to host web.example.com port 22: Connection timed out"],
    notShownBy: ["curl: (7) Failed to connect to web.example.com port 22"],
  },
  "ssh-key-refused": {
    shownBy: ["deploy@web.example.com: Permission denied (publickey,password)."],
    notShownBy: ["Permission denied, please try again."],
  },
};
