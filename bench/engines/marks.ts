import { type Machine, succeed, type Variables } from "./machine.ts";

/** The command of a shell, also in a container, by which a script reports the time. */
export const MARK = 'read at rest </proc/uptime; echo "at $at"';

/**
 * Runs a script on a machine, and returns the milliseconds from its first mark to each of the others.
 * Entering the machine does not count.
 */
export async function marksOf(
  machine: Machine,
  script: string,
  variables: Variables = {},
): Promise<readonly number[]> {
  const output = await succeed(machine, ["bash", "-euo", "pipefail", "-c", script], variables);
  const [first = Number.NaN, ...others] = [...output.matchAll(/^at ([\d.]+)$/gm)].map(([, at]) => Number(at));
  return others.map((at) => (at - first) * 1000);
}
