import type { LogsOfFailures } from "./logs-of-failures.ts";

export const TESTCONTAINERS_LOGS: LogsOfFailures = {
  "reaper-race": {
    shownBy: [
      "port not found: creating reaper failed: failed to create container",
      "create container: reaper: container state: removing",
      'unexpected container status "removing": could not start container',
      "testcontainers ERROR Reaper 0a1b2c socket error: Error: connect ECONNREFUSED " + "127.0.0.1:33001",
    ],
    notShownBy: ["port not found in the configuration"],
  },
  "reaper-reused": {
    shownBy: [
      [
        'testcontainers Reusing existing Reaper for session "0a1b2c"',
        "Error: Failed to connect to Reaper 0a1b2c",
      ],
    ],
    notShownBy: ["Reusing existing database"],
  },
  "ryuk-unreachable": {
    shownBy: [
      "java.lang.IllegalStateException: Could not connect to Ryuk at 172.17.0.1:49153",
      "Can not connect to Ryuk at localhost:49153",
      "Connecting to Ryuk on localhost:32810 failed: connecting to network reaper failed",
      "creating reaper failed: could not start container: dial tcp: i/o timeout",
      "wait for reaper 0a1b2c: external check: check target: context deadline exceeded",
      "Error: Failed to connect to Reaper 0a1b2c",
    ],
    notShownBy: ["testcontainers Connected to Ryuk"],
  },
  "testcontainers-port-unreachable": {
    shownBy: [
      ['import { GenericContainer } from "testcontainers"', "Error: connect ECONNREFUSED 127.0.0.1:32768"],
      [
        "org.testcontainers.containers.PostgreSQLContainer",
        "Connection to localhost:32769 refused. Check that the hostname and port are correct.",
      ],
    ],
    notShownBy: ["Error: connect ECONNREFUSED 127.0.0.1:32768"],
  },
  "testcontainers-no-engine": {
    shownBy: [
      "Could not find a valid Docker environment. Please see logs and check configuration",
      "Error: Could not find a working container runtime strategy",
      "Docker is either not running or misconfigured. Please ensure that Docker is running",
      "panic: rootless Docker not found",
      "docker.errors.DockerException: Error while fetching server API version: ('Connection " +
        "aborted.', ConnectionRefusedError(111, 'Connection refused'))",
    ],
    notShownBy: ["Found Docker environment with Environment variables, system properties and defaults."],
  },
  "reaper-not-started": {
    shownBy: [
      "DotNet.Testcontainers.Containers.ResourceReaperException : Initialization has been " + "cancelled.",
    ],
    notShownBy: ["TaskCanceledException : A task was canceled."],
  },
};
