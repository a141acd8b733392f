import type { Failure } from "../failure.ts";
import { BROWSERS } from "./browsers.ts";
import { CERTIFICATES } from "./certificates.ts";
import { ENDINGS } from "./endings.ts";
import { IMAGE } from "./image.ts";
import { IMAGE_BUILDS } from "./image-builds.ts";
import { KUBERNETES_API } from "./kubernetes-api.ts";
import { LOSING_THE_POD } from "./losing-the-pod.ts";
import { NETWORK } from "./network.ts";
import { POD_IMAGES } from "./pod-images.ts";
import { REACHING_THE_DAEMON } from "./reaching-the-daemon.ts";
import { REGISTRATION } from "./registration.ts";
import { REGISTRY } from "./registry.ts";
import { RESOURCES } from "./resources.ts";
import { RUNNER_ENGINE } from "./runner-engine.ts";
import { SERVICES } from "./services.ts";
import { SSH } from "./ssh.ts";
import { STARTING_THE_DAEMON } from "./starting-the-daemon.ts";
import { STARTING_THE_POD } from "./starting-the-pod.ts";
import { TESTCONTAINERS } from "./testcontainers.ts";
import { TRANSFER } from "./transfer.ts";
import { USER_NAMESPACES } from "./user-namespaces.ts";

/**
 * All known failures, in order of precedence: a line shows the first that it matches. So the narrow ones come
 * first: what names its cause before how something ended.
 */
export const FAILURES: readonly Failure[] = [
  ...KUBERNETES_API,
  ...POD_IMAGES,
  ...STARTING_THE_POD,
  ...LOSING_THE_POD,
  ...RUNNER_ENGINE,
  ...REGISTRATION,
  ...USER_NAMESPACES,
  ...RESOURCES,
  ...CERTIFICATES,
  ...REGISTRY,
  ...STARTING_THE_DAEMON,
  ...TESTCONTAINERS,
  ...REACHING_THE_DAEMON,
  ...NETWORK,
  ...SERVICES,
  ...BROWSERS,
  ...IMAGE_BUILDS,
  ...IMAGE,
  ...SSH,
  ...TRANSFER,
  ...ENDINGS,
];
