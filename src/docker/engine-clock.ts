import { askDocker, ping } from "./api.ts";
import { type DockerHost, isOnThisMachine } from "./host.ts";

/** How much later than its second the Date header of an answer can have been written, in milliseconds. */
const WITHIN_SECOND = 1000;

/**
 * The time of the engine's clock, in milliseconds since 1970. The clocks of its clients may differ: even an
 * engine with a socket on this machine may run in a virtual machine.
 */
export async function engineTime(engine: DockerHost): Promise<number> {
  return (isOnThisMachine(engine) && (await sharedTime(engine))) || reportedTime(engine);
}

/** The time of this machine's clock, if the engine's shows the same second; undefined if not. */
async function sharedTime(engine: DockerHost): Promise<number | undefined> {
  const before = Date.now();
  const { date = "" } = await ping(engine);
  const now = Date.now();
  const second = Date.parse(date);
  return before - WITHIN_SECOND < second && second <= now ? now : undefined;
}

/** The engine's own report is exact, but starts two programs for its other parts. */
async function reportedTime(engine: DockerHost): Promise<number> {
  const { SystemTime } = await askDocker<{ SystemTime: string }>(engine, "/info");
  return Date.parse(SystemTime);
}
