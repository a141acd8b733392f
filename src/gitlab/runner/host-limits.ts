import { DEFAULT_MTU } from "../../machine/uplink.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { concurrentJobs } from "./config-file.ts";
import type { RunnerHost } from "./runner-host.ts";

/** The remedy of exhausted address pools, as part of a sentence. */
export const CONFIGURE_SMALLER_SUBNETS =
  "configure smaller subnets in the engine's daemon.json: " +
  '"default-address-pools": [{"base": "10.201.0.0/16", "size": 24}]';

/** The runners with the MTU of their host's uplink, where it is below Docker's and none is declared. */
export function withMeasuredMtu(
  runners: readonly Runner[],
  { uplinkMtu = DEFAULT_MTU }: RunnerHost,
): readonly Runner[] {
  if (uplinkMtu >= DEFAULT_MTU) return runners;
  return runners.map((runner) => ({ mtu: uplinkMtu, ...runner }));
}

/** Warnings for runners that must declare an MTU: emitted files pass it to the Docker daemons of jobs. */
export function mtuWarnings(
  runners: readonly Runner[],
  { uplinkMtu = DEFAULT_MTU }: RunnerHost,
): readonly string[] {
  if (uplinkMtu >= DEFAULT_MTU) return [];
  const remedy = `write mtu: ${uplinkMtu}, or the Docker daemons of its jobs lose large packets`;
  return runners
    .filter(({ mtu, privilegedServices = [] }) => mtu === undefined && privilegedServices.length > 0)
    .map(({ name }) => `runners: ${name} declares no mtu, and its host's uplink has ${uplinkMtu}; ${remedy}`);
}

/** Whether the host has a network for each concurrent job of the runners, and a message that reports it. */
export function networkCapacity(
  runners: readonly Runner[],
  { networks: { all, free } }: RunnerHost,
): { readonly fits: boolean; readonly message: string } {
  const jobs = concurrentJobs(runners);
  const numbers =
    `up to ${jobs} concurrent jobs, each with its own network, ` +
    `and ${free} of ${all} subnets free in the engine's address pools`;
  if (jobs <= free) return { fits: true, message: `runners: ${numbers}` };
  const remedy = `lower the limits, remove unused networks, or ${CONFIGURE_SMALLER_SUBNETS}`;
  return { fits: false, message: `runners: ${numbers}; ${remedy}` };
}
