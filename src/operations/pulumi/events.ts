import { lineCutter } from "../../machine/lines.ts";

/**
 * An event of the Pulumi engine, a line of `--json`. Only the fields that are read here:
 * pulumi/sdk/go/common/apitype/events.go
 */
export interface EngineEvent {
  readonly diagnosticEvent?: {
    readonly urn?: string;
    readonly message: string;
    readonly severity: "debug" | "info" | "info#err" | "warning" | "error";
    readonly ephemeral?: boolean;
  };
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly resOpFailedEvent?: { readonly metadata: StepMetadata };
  readonly summaryEvent?: { readonly resourceChanges?: Readonly<Record<string, number>> };
}

export interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  /** The resource before the step, with the fields that a drain needs. */
  readonly old?: {
    readonly inputs?: {
      readonly labels?: readonly { readonly label: string; readonly value: string }[];
      readonly destroyGraceSeconds?: number;
    };
  };
}

export function resourceName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** A reader of events from chunks of text. It ignores every other line. */
export function eventReader(onEvent: (event: EngineEvent) => void): (chunk: string) => void {
  const cutter = lineCutter();
  return (chunk) => {
    for (const line of cutter.add(chunk)) {
      const event = parseEvent(line);
      if (event) onEvent(event);
    }
  };
}

function parseEvent(line: string): EngineEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as EngineEvent;
  } catch {
    return undefined;
  }
}

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
