import { expect, test } from "@jest/globals";
import { engineHost } from "../../src/docker/engine-host.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { dockerTarget } from "../../src/proof/places/on-docker.ts";
import catalog from "./catalog-sandboxes.ts";
import { proveOn } from "./prove-on.ts";

const target = dockerTarget({ engine: engineHost(), project: "catalog-test" });

test.each(catalog.map((one) => [one.name, one] as const))("%s is as declared on Docker", async (_, one) => {
  expect((await proveOn(target, plan(one))).failures).toEqual([]);
});
