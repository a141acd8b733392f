import { expect, test } from "@jest/globals";
import { DOCKER_TARGET } from "../../src/docker/target.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import catalog from "./catalog-sandboxes.ts";
import { proveOn } from "./prove-on.ts";
import { runningTarget } from "./running-target.ts";

const target = runningTarget(DOCKER_TARGET, "catalog-test");

test.each(catalog.map((one) => [one.name, one] as const))("%s is as declared on Docker", async (_, one) => {
  expect((await proveOn(target, plan(one))).failures).toEqual([]);
});
