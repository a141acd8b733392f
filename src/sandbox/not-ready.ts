import type { Readiness } from "../model/plan/ready-when.ts";

/** A container did not become ready: the reason, then the last output of its probe and of itself. */
export class NotReady extends Error {
  override readonly name = "NotReady";
  readonly reason: string;
  /** The last lines of its own output. */
  readonly output: readonly string[];

  constructor(
    message: string,
    { reason = message, output = [] }: Partial<Pick<NotReady, "reason" | "output">> = {},
  ) {
    super(message);
    this.reason = reason;
    this.output = output;
  }
}

/** The title of a container's own output among the evidence. */
export const LAST_OUTPUT = "its last output";

/**
 * The error of a container that is not ready.
 * @param evidence lines that explain why
 */
export function notReadyError(
  reason: string,
  evidence: readonly { readonly title: string; readonly lines: readonly string[] }[],
): NotReady {
  const quotes = evidence.map(({ title, lines }) => `  ${title}${quoted(lines)}`);
  const output = evidence.find(({ title }) => title === LAST_OUTPUT)?.lines ?? [];
  return new NotReady([reason, ...quotes].join("\n"), { reason, output });
}

function quoted(lines: readonly string[]): string {
  const written = lines.filter((line) => line.trim() !== "");
  return written.length === 0 ? ": none" : `:\n${written.map((line) => `    ${line}`).join("\n")}`;
}

/** Why a container is not ready at the end of its time. */
export function overdueReason(readiness: Exclude<Readiness, { readonly kind: "started" }>): string {
  const { within } = readiness;
  switch (readiness.kind) {
    case "healthy":
      return `not healthy within ${within}`;
    case "log":
      return `no line of its output matched ${expressionOf(readiness)} within ${within}`;
    case "completed":
      return `has not ended within ${within}`;
  }
}

/** The expression that a line of the output matches once a container is ready. */
export function expressionOf({ pattern, ignoreCase }: Extract<Readiness, { readonly kind: "log" }>): RegExp {
  return new RegExp(pattern, ignoreCase ? "i" : "");
}
