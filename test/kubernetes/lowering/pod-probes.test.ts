import { expect, test } from "@jest/globals";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../../src/model/declaration/service.ts";
import { exec, http, imageHealthcheck, log, tcp } from "../../../src/model/probe.ts";
import { podOf } from "./placed-manifests.ts";

function probesOf(definition: ServiceDefinition) {
  const [container] = podOf(sandbox("box", { services: { box: definition } }), "box").containers;
  return container ?? { name: "none" };
}

const TIMING = { startEvery: "250ms", every: "9s", timeout: "1500ms", within: "10s", retries: 2 } as const;

test.each<[string, ServiceDefinition, object]>([
  [
    "a shell command",
    { image: "a", probe: exec("test -e $(pwd)/x", TIMING) },
    { exec: { command: ["sh", "-c", "test -e $$(pwd)/x"] } },
  ],
  ["a command", { image: "a", probe: exec(["a", "$$"], TIMING) }, { exec: { command: ["a", "$$$"] } }],
  ["a port", { image: "a", probe: tcp(80, TIMING) }, { tcpSocket: { port: 80 } }],
  ["a request", { image: "a", probe: http(80, "/x", TIMING) }, { httpGet: { port: 80, path: "/x" } }],
])("%s is asked every whole second until it succeeds, then as declared", (_, definition, handler) => {
  const { startupProbe, readinessProbe } = probesOf(definition);
  expect(startupProbe).toEqual({ ...handler, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 10 });
  expect(readinessProbe).toEqual({ ...handler, periodSeconds: 9, timeoutSeconds: 2, failureThreshold: 2 });
});

test("the time to get ready is not shortened by a long pause between probes", () => {
  const { startupProbe } = probesOf({ image: "a", probe: tcp(80, { startEvery: "4s", within: "10s" }) });
  expect(startupProbe).toMatchObject({ periodSeconds: 4, failureThreshold: 3 });
});

test("a long pause between probes does not keep a pod of a new node from getting ready", () => {
  const { readinessProbe } = probesOf({ image: "a", probe: tcp(80, { every: "2m" }) });
  expect(readinessProbe).toMatchObject({ periodSeconds: 10 });
});

test("no probe is a liveness probe", () => {
  expect(probesOf({ image: "a", ports: [80] })).toMatchObject({ startupProbe: { tcpSocket: { port: 80 } } });
  expect(probesOf({ image: "a", ports: [80] })).not.toHaveProperty("livenessProbe");
});

test.each([
  ["the output", log(/up/, { within: "7s" })],
  ["the image's HEALTHCHECK", imageHealthcheck({ within: "7s" })],
])("instead of %s, the first port is asked", (_, probe) => {
  expect(probesOf({ image: "a", ports: [90, 91], probe }).startupProbe).toMatchObject({
    tcpSocket: { port: 90 },
    failureThreshold: 7,
  });
  expect(probesOf({ image: "a", probe })).not.toHaveProperty("startupProbe");
});
