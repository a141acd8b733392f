import type { LogsOfFailures } from "./logs-of-failures.ts";

export const BROWSERS_LOGS: LogsOfFailures = {
  "browser-sandbox": {
    shownBy: [
      "[ERROR:zygote_host_impl_linux.cc(90)] Running as root without --no-sandbox is not supported.",
      "[FATAL:zygote_host_impl_linux.cc(117)] No usable sandbox! Update your kernel",
      "Failed to move to new namespace: PID namespaces supported, Network namespace supported, but failed",
    ],
    notShownBy: ["starting with --no-sandbox"],
  },
  "browser-dependencies": {
    shownBy: [
      "Host system is missing dependencies to run browsers.",
      "chrome: error while loading shared libraries: libnss3.so: cannot open shared object file",
    ],
    notShownBy: ["app: error while loading shared libraries: libfoo.so"],
  },
  "browser-version": {
    shownBy: [
      "browserType.launch: Executable doesn't exist at /ms-playwright/chromium-1129/chrome-linux/chrome",
      "session not created: This version of ChromeDriver only supports Chrome version 123",
    ],
    notShownBy: ["Chrome version 123"],
  },
  "display-missing": {
    shownBy: ["Missing X server or $DISPLAY", '_tkinter.TclError: couldn\'t connect to display ":0"'],
    notShownBy: ["the display shows nothing"],
  },
};
