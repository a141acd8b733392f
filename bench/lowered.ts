import { NO_FACTS } from "../src/docker/facts.ts";
import { lowerToDocker } from "../src/docker/lowering/lower-sandbox.ts";
import type { DockerService } from "../src/docker/lowering/lower-service.ts";
import { sandbox } from "../src/model/declaration/sandbox.ts";
import type { Service } from "../src/model/declaration/service.ts";
import { plan } from "../src/model/plan/plan-sandbox.ts";
import { placeNetworkFrom } from "../src/stacks/place-network-from.ts";
import { placeStack } from "../src/stacks/stack-placement.ts";
import { settingsFrom } from "../src/stacks/stack-settings.ts";

/** A service on this machine's engine, in a sandbox of its own. */
export function lowered(service: Service): DockerService {
  const planned = plan(sandbox("bench", { services: { service } }));
  const [placement] = placeStack({
    identity: { project: "bench", stack: "bench" },
    plans: [planned],
    settings: settingsFrom({}, "bench"),
    network: placeNetworkFrom(process.env),
    facts: NO_FACTS,
    now: new Date(),
  });
  const [found] = placement ? lowerToDocker(planned, placement).services : [];
  if (!found) throw new Error("a sandbox of one service has one service");
  return found;
}
