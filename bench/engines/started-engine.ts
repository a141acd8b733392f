import { chmodSync } from "node:fs";
import path from "node:path";
import { docker, type Machine, run, succeed, untilItSucceeds, type Variables } from "./machine.ts";

/** An engine as its users have it. */
export interface StartedEngine {
  /** Where the command runs. */
  readonly machine: Machine;
  /** Where the engine runs, if it is on a machine of its own. */
  readonly engineMachine?: Machine;
  /** What the users of the engine set, DOCKER_HOST for example. */
  readonly variables: Variables;
  /** Ends the engine, if it was started, and the machines. */
  remove(): Promise<void>;
}

/** The images that each engine gets. */
const IMAGES = ["alpine:3.19", "redis:7-alpine"];

/**
 * Waits until an engine answers the docker command of the machine, and gives it the images.
 * @param folder one of those that the machine shares with this one
 */
export async function provideImages(machine: Machine, variables: Variables, folder: string): Promise<void> {
  await untilItSucceeds(machine, ["docker", "version"], variables);
  const present = await run(machine, ["docker", "image", "inspect", ...IMAGES], variables);
  if (present.exitCode === 0) return;
  const file = path.join(folder, `images-${machine.name}.tar`);
  await docker("save", `--output=${file}`, ...IMAGES);
  chmodSync(file, 0o644);
  await succeed(machine, ["docker", "load", `--input=${file}`], variables);
}
