import type { IncomingMessage } from "node:http";
import { unlessGone } from "../docker-engine.ts";
import type { Work } from "../resource-type.ts";
import type { InspectedContainer } from "./container-api.ts";
import { containerLogs } from "./container-logs.ts";

/** How many of its last lines a container that does not get ready shows. */
const shownLines = 20;

/** Why a container is not ready; undefined when it is. */
export type Unready = string | undefined;

/** The engine's events of one container, from now on. Must be closed. */
export interface ContainerEvents {
  next(): Promise<"event" | "closed">;
  close(): void;
}

/** Subscribes to what makes a container ready or unready: its health and its end. */
export async function followContainer({ engine }: Work, id: string): Promise<ContainerEvents> {
  const filters = JSON.stringify({ container: [id], event: ["health_status", "die", "destroy"] });
  const stream = await engine.stream({ method: "GET", path: "/events", query: { filters } });
  return eventsOf(stream);
}

/**
 * Waits until a started container is healthy. Looks once at the beginning, then whenever the engine tells of a change;
 * gives up at once when the container is unhealthy or has ended for good, else after `timeoutSeconds`.
 *
 * @returns why it did not get ready, with its last lines; undefined when it is ready
 */
export async function waitUntilHealthy(
  work: Work,
  id: string,
  events: ContainerEvents,
  timeoutSeconds: number,
): Promise<Unready> {
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  const interrupted = AbortSignal.any([deadline, work.signal]);
  const stopped = new Promise<"stopped">((resolve) => {
    interrupted.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
  work.tell("status", "waiting until healthy");
  for (;;) {
    const container = await inspect(work, id);
    if (container === undefined) return "it was removed while it was waited for";
    const verdict = readiness(container);
    if (verdict === "healthy") return undefined;
    if (verdict !== "starting") return withLogs(work, container, verdict);
    const what = await Promise.race([events.next(), stopped]);
    if (what === "event") continue;
    if (work.signal.aborted) return withLogs(work, container, interruption(work.signal));
    if (deadline.aborted)
      return withLogs(
        work,
        container,
        `not healthy within ${timeoutSeconds} s (waitTimeout)${restarts(container)}`,
      );
    return withLogs(work, container, "the Docker engine ended its events while waiting");
  }
}

/** "healthy", "starting", or why the container will not get healthy by itself. */
export function readiness(container: InspectedContainer): "healthy" | "starting" | (string & {}) {
  const { State } = container;
  if (!State.Running && !State.Restarting) {
    const memory = State.OOMKilled ? ", out of memory" : "";
    return `it ended with exit code ${State.ExitCode}${memory}${State.Error ? `: ${State.Error}` : ""}`;
  }
  if (State.Health === undefined || State.Health === null || State.Health.Status === "none") {
    return "neither it nor its image has a healthcheck to wait for: set healthcheck, or leave wait out";
  }
  if (State.Health.Status === "unhealthy") return `unhealthy${lastProbe(container)}`;
  return State.Health.Status === "healthy" ? "healthy" : "starting";
}

/** `why`, and the last lines of the container's output. */
export async function withLogs(
  { engine }: Work,
  container: InspectedContainer,
  why: string,
): Promise<string> {
  const logs = await containerLogs(engine, container, shownLines).catch(() => "");
  const lines = logs.trimEnd();
  if (lines === "") return `container ${container.Name.slice(1)}: ${why}; it wrote nothing`;
  const indented = lines.replaceAll(/^/gm, "  ");
  return `container ${container.Name.slice(1)}: ${why}; its last lines:\n${indented}`;
}

function inspect({ engine }: Work, id: string): Promise<InspectedContainer | undefined> {
  return unlessGone(engine.request({ method: "GET", path: `/containers/${id}/json` }));
}

/** The user's, or that of the resource's customTimeouts. */
function interruption({ reason }: AbortSignal): string {
  const isTimeout = reason instanceof Error && reason.name === "TimeoutError";
  return isTimeout ? "not healthy within its customTimeouts" : "waiting was cancelled";
}

function restarts({ RestartCount = 0 }: InspectedContainer): string {
  return RestartCount === 0 ? "" : `, restarted ${RestartCount} times`;
}

function lastProbe({ State }: InspectedContainer): string {
  const last = State.Health?.Log?.at(-1);
  if (last === undefined) return "";
  const said = last.Output.trim();
  return ` (its probe ended with ${last.ExitCode}${said === "" ? "" : `: ${said}`})`;
}

function eventsOf(stream: IncomingMessage): ContainerEvents {
  let isPending = false;
  let isClosed = false;
  let wake = () => {};
  stream.on("data", () => {
    isPending = true;
    wake();
  });
  const close = () => {
    isClosed = true;
    wake();
  };
  stream.on("close", close);
  stream.on("error", close);
  return {
    async next() {
      if (!isPending && !isClosed) await new Promise<void>((resolve) => (wake = resolve));
      if (!isPending) return "closed";
      isPending = false;
      return "event";
    },
    close: () => stream.destroy(),
  };
}
