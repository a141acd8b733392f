import type { Failure } from "../failure.ts";

const PLAYWRIGHT = "https://playwright.dev/docs/ci#gitlab-ci";
const PUPPETEER = "https://pptr.dev/troubleshooting";

/** A browser does not start in the job's container. */
export const BROWSERS: readonly Failure[] = [
  {
    id: "browser-sandbox",
    symptoms: [
      /Running as root without --no-sandbox is not supported/i,
      /No usable sandbox!/i,
      /Failed to move to new namespace: PID namespaces supported/i,
    ],
    cause: "Chrome's sandbox needs user namespaces and another user than root; the container has neither.",
    remedy: "Start Chrome with --no-sandbox in CI, or run the job as another user with user namespaces.",
    source: PUPPETEER,
  },
  {
    id: "browser-dependencies",
    symptoms: [
      /Host system is missing dependencies to run browsers/i,
      /shared libraries: lib(?:nss3|nspr4|atk|gbm|gtk|x11|xcomposite|cups|asound)\S*\.so/i,
    ],
    cause: "The job's image lacks libraries that the browser needs.",
    remedy:
      "Use the image of the tool, such as Playwright's or Cypress's, or run `npx playwright install-deps`.",
    source: PLAYWRIGHT,
  },
  {
    id: "browser-version",
    symptoms: [
      /browserType\.launch: Executable doesn't exist at/i,
      /This version of ChromeDriver only supports Chrome version \d+/i,
    ],
    cause: "The browser in the image is missing, or of another version than its driver or library.",
    remedy:
      "Use an image of the same version as the library, or install the browser in the job: npx " +
      "playwright install.",
    source: PLAYWRIGHT,
  },
  {
    id: "display-missing",
    general: true,
    symptoms: [/Missing X server or \$DISPLAY/i, /(?:couldn't connect to|cannot open) display\b/i],
    cause: "The program opens a window, and a container has no display.",
    remedy: "Run it headless, or in a virtual display: xvfb-run COMMAND.",
    source: PLAYWRIGHT,
  },
];
