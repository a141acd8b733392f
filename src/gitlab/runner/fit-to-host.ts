import type { Runner } from "../../model/runner.ts";
import { jobsAtOnce } from "./config-file.ts";
import type { RunnerHost } from "./runner-host.ts";

/** What Docker gives a network that says nothing about it, in bytes. */
const DOCKERS_MTU = 1500;

/**
 * The runners with the MTU of their host's way out where they declare none and Docker's own would lose
 * packets.
 */
export function withMeasuredMtu(
  runners: readonly Runner[],
  { uplinkMtu = DOCKERS_MTU }: RunnerHost,
): readonly Runner[] {
  if (uplinkMtu >= DOCKERS_MTU) return runners;
  return runners.map((runner) => ({ mtu: uplinkMtu, ...runner }));
}

/**
 * What runners leave undeclared that the Docker daemons of their jobs need to know: those get it from the
 * emitted files.
 */
export function mtuWarnings(
  runners: readonly Runner[],
  { uplinkMtu = DOCKERS_MTU }: RunnerHost,
): readonly string[] {
  if (uplinkMtu >= DOCKERS_MTU) return [];
  return runners
    .filter(({ mtu, privilegedServices = [] }) => mtu === undefined && privilegedServices.length > 0)
    .map(
      ({ name }) =>
        `sandboxes/runners.ts: ${name} declares no mtu, and the way out of its host has ${uplinkMtu}; write mtu: ${uplinkMtu}, so that the Docker daemons of its jobs do not lose large packets`,
    );
}

/** Whether the host has a network for each job that the runners may run at once, in a sentence. */
export function roomForJobs(
  runners: readonly Runner[],
  { networks: { all, free } }: RunnerHost,
): { readonly fits: boolean; readonly message: string } {
  const jobs = jobsAtOnce(runners);
  const numbers = `up to ${jobs} jobs at once, each with a network of its own, and the engine's address pools have room for ${free} more networks of ${all}`;
  if (jobs <= free) return { fits: true, message: `runners: ${numbers}` };
  const remedy =
    'lower the limits, remove unused networks, or give the engine smaller subnets in its daemon.json: "default-address-pools": [{"base": "10.201.0.0/16", "size": 24}]';
  return { fits: false, message: `sandboxes/runners.ts: ${numbers}; ${remedy}` };
}
