import { expect, test } from "@jest/globals";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../../src/model/declaration/service.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { readyWhen } from "../../../src/model/plan/ready-when.ts";
import { imageHealthcheck, log, tcp } from "../../../src/model/probe.ts";

const IMAGE = { image: "a" };

test.each<[ServiceDefinition, object]>([
  [
    { ...IMAGE, probe: tcp(80, { within: "5s" }) },
    { kind: "healthy", within: "5s", startEvery: "50ms" },
  ],
  [
    { ...IMAGE, probe: imageHealthcheck() },
    { kind: "healthy", within: "30s" },
  ],
  [
    { ...IMAGE, probe: log("ready") },
    { kind: "log", pattern: "ready", ignoreCase: false, within: "30s" },
  ],
  [IMAGE, { kind: "started" }],
  [
    { ...IMAGE, runsOnce: true },
    { kind: "completed", within: "10m" },
  ],
  [
    { ...IMAGE, runsOnce: true, completesWithin: "1h", ports: [1] },
    { kind: "completed", within: "1h" },
  ],
])("%j is ready when %j", (definition, readiness) => {
  const [service] = plan(sandbox("a", { services: { service: definition } })).services;
  if (!service) throw new RangeError("no service");
  expect(readyWhen(service)).toEqual(readiness);
});
