import type { Duration } from "../duration.ts";
import type { Given, PlannedProbe, PlannedService } from "./plan.ts";

/** When a service's container counts as ready, and how long that may take. */
export type Readiness =
  | { readonly kind: "started" }
  /** `startEvery` is the pause between two probes until then, for engines that have none of their own. */
  | { readonly kind: "healthy"; readonly within: Duration; readonly startEvery?: Duration }
  | Omit<Extract<PlannedProbe, { readonly kind: "log" }>, "otherwise">
  /** It has ended with exit code 0. */
  | { readonly kind: "completed"; readonly within: Duration };

/** Docker runs every probe as a healthcheck but `log`: a healthcheck does not see the output. */
export function readyWhen({
  probe,
  completesWithin,
}: Given<PlannedService, "probe" | "completesWithin">): Readiness {
  if (completesWithin !== undefined) return { kind: "completed", within: completesWithin };
  if (probe === undefined) return { kind: "started" };
  const { within } = probe;
  if (probe.kind === "image") return { kind: "healthy", within };
  if (probe.kind !== "log") return { kind: "healthy", within, startEvery: probe.startEvery };
  const { pattern, ignoreCase } = probe;
  return { kind: "log", pattern, ignoreCase, within };
}
