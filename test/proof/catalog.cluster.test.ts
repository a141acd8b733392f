import { expect, test } from "@jest/globals";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import catalog from "./catalog-sandboxes.ts";
import { clusterTarget } from "./cluster-target.ts";
import { proveOn } from "./prove-on.ts";

const target = clusterTarget("catalog-test");

test.each(catalog.map((one) => [one.name, one] as const))(
  "%s is as declared in a cluster",
  async (_, one) => {
    expect((await proveOn(target, plan(one))).failures).toEqual([]);
  },
);
