import { NOTHING } from "../src/docker/facts.ts";
import type { PlannedService } from "../src/model/plan.ts";
import { sandbox } from "../src/model/sandbox.ts";
import type { Service } from "../src/model/service.ts";
import { machineFrom } from "../src/stacks/machine.ts";
import { settingsFrom } from "../src/stacks/settings.ts";
import { planStack } from "../src/stacks/stack-plan.ts";

/** What a service becomes on this machine, as part of a sandbox of its own. */
export function planOf(service: Service): PlannedService {
  const [plan] = planStack({
    identity: { project: "bench", stack: "bench" },
    sandboxes: [sandbox("bench", { services: { service } })],
    settings: settingsFrom({}, "bench"),
    machine: machineFrom(process.env),
    facts: NOTHING,
    now: new Date(),
  });
  const planned = plan?.services[0];
  if (!planned) throw new Error("a sandbox of one service has one service");
  return planned;
}
