import { expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../../src/model/declaration/service.ts";
import {
  commandIn,
  environmentIn,
  type PlaceNetwork,
  reducedMtu,
} from "../../../src/model/plan/place-network.ts";
import type { PlannedJob, PlannedService } from "../../../src/model/plan/plan.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";

function planned(definition: ServiceDefinition): PlannedService {
  const [service] = plan(sandbox("a", { services: { service: definition } })).services;
  if (!service) throw new RangeError("no service");
  return service;
}

test.each<[PlaceNetwork, ServiceDefinition, readonly string[] | undefined]>([
  [{}, dind({ tls: false }), ["--tls=false"]],
  [{}, dind(), undefined],
  [{ mtu: 1400 }, dind(), ["--mtu=1400"]],
  [{ mtu: 9000 }, dind(), undefined],
  [
    { mtu: 1400, registryMirror: "http://172.17.0.1:5000" },
    dind({ tls: false, command: ["--debug"] }),
    [
      ...["--debug", "--tls=false", "--mtu=1400", "--registry-mirror=http://172.17.0.1:5000"],
      "--insecure-registry=172.17.0.1:5000",
    ],
  ],
  [{ registryMirror: "https://mirror" }, dind(), ["--registry-mirror=https://mirror"]],
  [{ mtu: 1400, registryMirror: "http://172.17.0.1:5000" }, { image: "a", command: ["x"] }, ["x"]],
  [{ mtu: 1400, registryMirror: "http://172.17.0.1:5000" }, { image: "a" }, undefined],
])("in %j the command of %j is %j", (network, definition, command) => {
  expect(commandIn(network, planned(definition))).toEqual(command);
});

test("only an MTU below the default is passed on", () => {
  expect([{ mtu: 1400 }, { mtu: 1500 }, { mtu: 9000 }, {}].map(reducedMtu)).toEqual([
    1400,
    undefined,
    undefined,
    undefined,
  ]);
});

test("services and jobs get certificates, and declared variables take precedence", () => {
  const { services, jobs } = plan(
    sandbox("a", {
      services: { docker: dind(), cache: redis(), web: { image: "web" } },
      jobs: { tests: { image: "a", env: { PIP_CERT: "/own.pem" }, script: ["x"] } },
    }),
  );
  const [docker, cache, web] = services as readonly [PlannedService, PlannedService, PlannedService];
  const [tests] = jobs as readonly [PlannedJob];
  const network = { certificates: "/host/ca.pem" };
  const file = "/run/nestbox/certificates.pem";
  expect(environmentIn(network, docker)).toMatchObject({ SSL_CERT_FILE: file, GIT_SSL_CAINFO: file });
  expect(environmentIn(network, tests)).toMatchObject({ SSL_CERT_FILE: file, PIP_CERT: "/own.pem" });
  expect(environmentIn(network, web)).toMatchObject({ SSL_CERT_FILE: file, PIP_CERT: file });
  expect(environmentIn(network, cache)).toEqual({});
  expect(environmentIn({}, tests)).toEqual({ PIP_CERT: "/own.pem" });
});
