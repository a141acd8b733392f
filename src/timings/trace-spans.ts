import { criticalPath } from "./critical-path.ts";
import type { Span } from "./timings.ts";

/** A span of a trace. */
export interface TraceSpan {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly parentId: string | undefined;
  /** In milliseconds, by the clock of the timings. */
  readonly start: number;
  readonly end: number;
  readonly failed: boolean;
  readonly attributes: Attributes;
}

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** The span of a whole command. Its sandbox and target are those of its spans, if they agree. */
export interface RootSpan extends Omit<TraceSpan, "attributes"> {
  /** Of a command of this machine. @default none */
  readonly exitCode?: number | undefined;
}

/** The kinds of parts that have a name: "service cache". */
const NAMED = ["service", "job", "network", "volume", "image"] as const;

/** Those with several steps, which get a span around these. */
const WITH_STEPS: readonly string[] = ["service", "job"] satisfies readonly (typeof NAMED)[number][];

/**
 * The spans of a command as those of a trace: the command, in it each step, and around the steps of a service
 * or job a span for it.
 * @param newId gives the ids of spans
 */
export function traceSpans(
  spans: readonly Span[],
  { exitCode, ...root }: RootSpan,
  newId: () => string,
): readonly TraceSpan[] {
  const path = criticalPath(spans);
  const parts = [...Map.groupBy(spans, ({ part }) => part).values()];
  const ofCommand = {
    ...sharedBy(spans, "sandbox"),
    ...sharedBy(spans, "target"),
    ...(exitCode !== undefined && { exit_code: exitCode }),
  };
  return [
    { ...root, attributes: ofCommand },
    ...parts.flatMap((steps) => {
      const around = spanAround(steps, root.id, newId);
      const parentId = around?.id ?? root.id;
      const ofStep = (span: Span) => ({
        ...{ name: `${partOf(span)} ${span.step}`, id: newId(), parentId },
        ...{ start: span.start, end: span.end, failed: span.failed === true },
        attributes: { ...attributesOf(span), ...(path.includes(span) && { critical: true }) },
      });
      return [...(around === undefined ? [] : [around]), ...steps.map(ofStep)];
    }),
  ];
}

/** The span around the steps of a service or job. */
function spanAround(steps: readonly Span[], parentId: string, newId: () => string): TraceSpan | undefined {
  const [first] = steps;
  if (first === undefined || !WITH_STEPS.includes(kindOf(first) ?? "")) return undefined;
  return {
    ...{ name: partOf(first), id: newId(), parentId },
    start: Math.min(...steps.map(({ start }) => start)),
    end: Math.max(...steps.map(({ end }) => end)),
    failed: steps.some(({ failed }) => failed === true),
    attributes: attributesOf(first),
  };
}

/** Names alone: no values of variables, no commands, no output. */
function attributesOf(span: Span): Attributes {
  const kind = kindOf(span);
  return { ...span.of, ...(kind && { [kind]: partOf(span).slice(kind.length + 1) }) };
}

function kindOf(span: Span): (typeof NAMED)[number] | undefined {
  return NAMED.find((kind) => partOf(span).startsWith(`${kind} `));
}

/** The part without the sandbox, which is an attribute. */
function partOf({ part, of: subject }: Span): string {
  const prefix = `${subject?.sandbox} `;
  return part.startsWith(prefix) ? part.slice(prefix.length) : part;
}

function sharedBy(spans: readonly Span[], name: "sandbox" | "target"): Attributes {
  const [value, ...others] = new Set(spans.flatMap((span) => span.of?.[name] ?? []));
  return value === undefined || others.length > 0 ? {} : { [name]: value };
}
