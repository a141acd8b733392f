import { engineHost } from "../../src/docker/engine-host.ts";
import { leaseVolumes } from "../../src/docker/lease-volumes.ts";
import { leaseCases } from "../ownership/lease-cases.ts";

leaseCases(() => ({
  store: leaseVolumes(engineHost(process.env)),
  expression: "leaseVolumes(engineHost(process.env))",
  imports: { "docker/lease-volumes.ts": "leaseVolumes", "docker/engine-host.ts": "engineHost" },
}));
