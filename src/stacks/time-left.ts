import type { StackEnd } from "./stack-on-engine.ts";

/** The units of a span of time, in seconds. A span is shown in a unit if it has two of it: `90 min`. */
const UNITS = [
  [86_400, "days"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** A span of time as text, rounded down: `5 min`. */
export function spanOf(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  const [length, unit] = UNITS.find(([each]) => seconds >= 2 * each) ?? [1, "s"];
  return `${Math.floor(seconds / length)} ${unit}`;
}

/** The end of a stack as text: `ends in 5 min`. Both times are in milliseconds since 1970. */
export function describeEnd(ends: StackEnd, now: number): string {
  if (ends === "command") return "ends with its command";
  if (ends === "never") return "never ends";
  if (ends === "unreadable") return "has an unreadable end; set it with: nestbox extend";
  return ends > now ? `ends in ${timeLeft(ends - now)}` : `ended ${spanOf(now - ends)} ago`;
}

/**
 * A remaining span of time in its two largest units, rounded to minutes: an end that was just set to three
 * days reads `3 days`, not `2 days`.
 */
function timeLeft(milliseconds: number): string {
  if (milliseconds < 120_000) return spanOf(milliseconds);
  const minutes = Math.round(milliseconds / 60_000);
  // Less than two days are shown in hours.
  const days = minutes < 2 * 1440 ? 0 : Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) - 24 * days;
  const parts = days > 0 ? [`${days} days`, `${hours} h`] : [`${hours} h`, `${minutes % 60} min`];
  return parts.filter((part) => !part.startsWith("0 ")).join(" ");
}
