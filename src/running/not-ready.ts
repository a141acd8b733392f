import type { Readiness } from "../model/plan/ready-when.ts";

/** A container did not become ready: the reason, then the last output of its probe and of itself. */
export class NotReady extends Error {
  override readonly name = "NotReady";
}

/**
 * The error of a container that is not ready.
 * @param evidence lines that explain why
 */
export function notReadyError(
  reason: string,
  evidence: readonly { readonly title: string; readonly lines: readonly string[] }[],
): NotReady {
  const quotes = evidence.map(({ title, lines }) => `  ${title}${quoted(lines)}`);
  return new NotReady([reason, ...quotes].join("\n"));
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
