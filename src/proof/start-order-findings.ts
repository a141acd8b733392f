import type { Plan } from "../model/plan/plan.ts";
import type { StartTimes } from "../sandbox/proof-target.ts";
import type { Finding } from "./finding.ts";

/** Whether each service started when those before it were ready, as far as the target tells. */
export function startOrderFindings(
  { sandbox, services }: Plan,
  times: ReadonlyMap<string, StartTimes>,
): readonly Finding[] {
  return services.flatMap(({ key, after }) =>
    Object.entries(after).flatMap(([other, condition]): readonly Finding[] => {
      const own = times.get(key);
      const before = times.get(other);
      if (own === undefined || before === undefined) return [];
      const end = condition === "completed" ? before.ended : (before.ready ?? before.started);
      const place = `${sandbox}.services.${key}`;
      return [
        {
          ...{ behaviour: "order", place, kept: end !== undefined && own.started >= end },
          seen: `starts ${difference(own.started, end)} ${other} is ${condition}`,
        },
      ];
    }),
  );
}

function difference(started: number, end: number | undefined): string {
  return end === undefined ? "before" : `${(Math.abs(end - started) / 1000).toFixed(1)} s before`;
}
