import type { Failure } from "../failure.ts";
import { CERTIFICATES } from "./certificates.ts";
import { NETWORK } from "./network.ts";
import { REACHING_THE_DAEMON } from "./reaching-the-daemon.ts";
import { REGISTRATION } from "./registration.ts";
import { SERVICES } from "./services.ts";
import { STARTING_THE_DAEMON } from "./starting-the-daemon.ts";
import { USER_NAMESPACES } from "./user-namespaces.ts";

/** All known failures. */
export const FAILURES: readonly Failure[] = [
  ...REACHING_THE_DAEMON,
  ...CERTIFICATES,
  ...STARTING_THE_DAEMON,
  ...USER_NAMESPACES,
  ...NETWORK,
  ...SERVICES,
  ...REGISTRATION,
];
