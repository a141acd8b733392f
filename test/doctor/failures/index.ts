import { BROWSERS_LOGS } from "./browsers.ts";
import { CERTIFICATES_LOGS } from "./certificates.ts";
import { ENDINGS_LOGS } from "./endings.ts";
import { IMAGE_LOGS } from "./image.ts";
import { IMAGE_BUILDS_LOGS } from "./image-builds.ts";
import { KUBERNETES_API_LOGS } from "./kubernetes-api.ts";
import type { LogsOfFailures } from "./logs-of-failures.ts";
import { LOSING_THE_POD_LOGS } from "./losing-the-pod.ts";
import { NETWORK_LOGS } from "./network.ts";
import { POD_IMAGES_LOGS } from "./pod-images.ts";
import { REACHING_THE_DAEMON_LOGS } from "./reaching-the-daemon.ts";
import { REGISTRATION_LOGS } from "./registration.ts";
import { REGISTRY_LOGS } from "./registry.ts";
import { RESOURCES_LOGS } from "./resources.ts";
import { RUNNER_ENGINE_LOGS } from "./runner-engine.ts";
import { SERVICES_LOGS } from "./services.ts";
import { SSH_LOGS } from "./ssh.ts";
import { STARTING_THE_DAEMON_LOGS } from "./starting-the-daemon.ts";
import { STARTING_THE_POD_LOGS } from "./starting-the-pod.ts";
import { TESTCONTAINERS_LOGS } from "./testcontainers.ts";
import { TRANSFER_LOGS } from "./transfer.ts";
import { USER_NAMESPACES_LOGS } from "./user-namespaces.ts";

/** The logs of all failures. */
export const LOGS: LogsOfFailures = {
  ...BROWSERS_LOGS,
  ...IMAGE_BUILDS_LOGS,
  ...SSH_LOGS,
  ...CERTIFICATES_LOGS,
  ...ENDINGS_LOGS,
  ...IMAGE_LOGS,
  ...KUBERNETES_API_LOGS,
  ...LOSING_THE_POD_LOGS,
  ...NETWORK_LOGS,
  ...POD_IMAGES_LOGS,
  ...REACHING_THE_DAEMON_LOGS,
  ...REGISTRATION_LOGS,
  ...REGISTRY_LOGS,
  ...RESOURCES_LOGS,
  ...RUNNER_ENGINE_LOGS,
  ...SERVICES_LOGS,
  ...STARTING_THE_DAEMON_LOGS,
  ...STARTING_THE_POD_LOGS,
  ...TESTCONTAINERS_LOGS,
  ...TRANSFER_LOGS,
  ...USER_NAMESPACES_LOGS,
};
