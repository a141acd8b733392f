import type Docker from "dockerode";
import type { PartTimes } from "../sandbox/running-sandbox.ts";

/** The start, first passed probe and end of a container. */
export function containerTimes({ State }: Docker.ContainerInspectInfo): PartTimes {
  const passed = passedProbe(State);
  return {
    started: Date.parse(State.StartedAt),
    ...(passed && { ready: passed.ended }),
    ...(!State.Running && { ended: Date.parse(State.FinishedAt) }),
  };
}

/** When the engine ran the probe that passed first, in milliseconds since 1970 by its clock. */
export function passedProbe({ Health }: Pick<Docker.ContainerInspectInfo["State"], "Health">) {
  // The engine keeps the last five probes, and probes rarely once one has passed.
  const log = Health?.Log ?? [];
  const lastFailure = log.findLastIndex(({ ExitCode }) => ExitCode !== 0);
  const passed = log[lastFailure + 1];
  return passed && { begun: Date.parse(passed.Start), ended: Date.parse(passed.End) };
}
