/** A span of time for a person, rounded down: `5 min`. */
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

/** When something ends, as a person says it. Both in milliseconds since 1970. */
export function describeEnd(ends: number | "never" | "unreadable", now: number): string {
  if (ends === "never") return "never ends";
  if (ends === "unreadable")
    return "ends nobody knows when: its labels are unreadable; set it with: nestbox extend";
  return ends > now ? `ends in ${spanOf(ends - now)}` : `ended ${spanOf(now - ends)} ago`;
}
