import type { EngineEvent } from "./events.ts";

/** Something said during an operation that a person should read. */
export interface Note {
  readonly severity: "info" | "warning";
  readonly message: string;
}

/**
 * The note in an event, if there is one: warnings about a resource, and what our own components say of
 * themselves. What Pulumi says about itself is not.
 */
export function noteIn({ diagnosticEvent }: EngineEvent): Note | undefined {
  if (diagnosticEvent?.urn === undefined || diagnosticEvent.ephemeral) return undefined;
  const { severity, urn } = diagnosticEvent;
  const isOurs = /[:$]nestbox:index:\w+::[^:]*$/.test(urn);
  if (severity !== "warning" && !(severity === "info" && isOurs)) return undefined;
  return { severity, message: diagnosticEvent.message.trim() };
}
