import type { StackEnd } from "../../stacks/stack-on-engine.ts";

/** A span of time as text, rounded down: `5 min`. */
export function spanOf(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  const [amount, unit] =
    seconds < 120
      ? [seconds, "s"]
      : seconds < 7200
        ? [seconds / 60, "min"]
        : seconds < 172_800
          ? [seconds / 3600, "h"]
          : [seconds / 86_400, "days"];
  return `${Math.floor(amount)} ${unit}`;
}

/** The end of a stack as text: `ends in 5 min`. Both times are in milliseconds since 1970. */
export function describeEnd(ends: StackEnd, now: number): string {
  if (ends === "command") return "ends with its command";
  if (ends === "never") return "never ends";
  if (ends === "unreadable") return "has an unreadable end; set it with: nestbox extend";
  return ends > now ? `ends in ${timeLeft(ends - now)}` : `ended ${spanOf(now - ends)} ago`;
}

const UNITS = [
  [1440, "days"],
  [60, "h"],
  [1, "min"],
] as const;

/**
 * A remaining span of time in its two largest units, rounded to minutes: an end that was just set to three
 * days reads `3 days`, not `2 days`.
 */
function timeLeft(milliseconds: number): string {
  if (milliseconds < 120_000) return spanOf(milliseconds);
  let rest = Math.round(milliseconds / 60_000);
  const parts = UNITS.map(([length, unit]) => {
    // Less than two days are shown in hours.
    const amount = unit === "days" && rest < 2 * length ? 0 : Math.floor(rest / length);
    rest -= amount * length;
    return { amount, unit };
  });
  const first = parts.findIndex(({ amount }) => amount > 0);
  return parts
    .slice(first, first + 2)
    .flatMap(({ amount, unit }) => (amount > 0 ? [`${amount} ${unit}`] : []))
    .join(" ");
}
