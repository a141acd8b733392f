import { type Duration, milliseconds } from "../../model/duration.ts";
import type { PlannedProbe, PlannedService, PlannedTiming } from "../../model/plan/plan.ts";
import type { PodContainer, PodProbe } from "./manifest.ts";
import { unexpanded } from "./pod-environment.ts";

/** A probe that the kubelet runs: in the container or from its node. */
type NodeProbe = Extract<PlannedProbe, { readonly kind: "exec" | "tcp" | "http" }>;

/**
 * The most seconds between two readiness probes. The kubelet asks at once when the startup probe has
 * succeeded, but may miss that moment, and on a node that has just started it first waits a random part of
 * the period (pkg/kubelet/prober/worker.go).
 */
const LONGEST_PERIOD = 10;

/**
 * The startup and readiness probes of a service. None is a liveness probe: a test's own load must not restart
 * its database. The kubelet asks for readiness at once when the startup probe has succeeded.
 */
export function podProbes(
  planned: PlannedService["probe"],
  [port]: readonly number[],
): Pick<PodContainer, "startupProbe" | "readinessProbe"> {
  const probe = nodeProbe(planned, port);
  if (probe === undefined) return {};
  const handler = handlerOf(probe);
  const timeoutSeconds = wholeSeconds(probe.timeout);
  const startEvery = wholeSeconds(probe.startEvery);
  return {
    startupProbe: {
      ...handler,
      periodSeconds: startEvery,
      timeoutSeconds,
      failureThreshold: Math.ceil(wholeSeconds(probe.within) / startEvery),
    },
    readinessProbe: {
      ...handler,
      periodSeconds: Math.min(wholeSeconds(probe.every), LONGEST_PERIOD),
      timeoutSeconds,
      failureThreshold: probe.retries,
    },
  };
}

/** Kubernetes reads neither the output nor the image's HEALTHCHECK: there the first port is the next best. */
function nodeProbe(probe: PlannedService["probe"], port: number | undefined): NodeProbe | undefined {
  switch (probe?.kind) {
    case "log":
      return probe.otherwise;
    case "image":
      return port === undefined ? undefined : { kind: "tcp", port, within: probe.within, ...IMAGE_TIMING };
    default:
      return probe;
  }
}

const IMAGE_TIMING = {
  startEvery: "1s",
  every: "2m",
  timeout: "5s",
  retries: 3,
} satisfies Omit<PlannedTiming, "within">;

function handlerOf(probe: NodeProbe): Pick<PodProbe, "exec" | "tcpSocket" | "httpGet"> {
  switch (probe.kind) {
    case "exec": {
      const command = typeof probe.command === "string" ? ["sh", "-c", probe.command] : probe.command;
      return { exec: { command: command.map(unexpanded) } };
    }
    case "tcp":
      return { tcpSocket: { port: probe.port } };
    case "http":
      return { httpGet: { port: probe.port, path: probe.path } };
  }
}

/** Kubernetes counts whole seconds from 1. */
export function wholeSeconds(duration: Duration): number {
  return Math.max(1, Math.ceil(milliseconds(duration) / 1000));
}
