import { NOTHING } from "../engine/facts.ts";
import { machineFrom } from "../infra/machine.ts";
import { settingsFrom } from "../infra/settings.ts";
import { planStack } from "../infra/stack-plan.ts";
import type { PlannedService } from "../sandboxes/model/plan.ts";
import { sandbox } from "../sandboxes/model/sandbox.ts";
import type { Service } from "../sandboxes/model/service.ts";

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
