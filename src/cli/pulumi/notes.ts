import type { EngineEvent } from "./events.ts";

/** A message of an operation for the user. */
export interface Note {
  readonly severity: "info" | "warning";
  readonly message: string;
}

/**
 * The note in an event: a warning about a resource, or a message of a component of this package. Undefined
 * for other events, such as messages of Pulumi about itself.
 */
export function noteIn({ diagnosticEvent }: EngineEvent): Note | undefined {
  if (diagnosticEvent?.urn === undefined || diagnosticEvent.ephemeral) return undefined;
  const { severity, urn } = diagnosticEvent;
  const isOurs = /[:$]nestbox:index:\w+::[^:]*$/.test(urn);
  if (severity !== "warning" && !(severity === "info" && isOurs)) return undefined;
  return { severity, message: diagnosticEvent.message.trim() };
}
