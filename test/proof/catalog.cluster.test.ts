import { expect, test } from "@jest/globals";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { hubName } from "../../src/setup/provide-images.ts";
import catalog from "./catalog-sandboxes.ts";
import { clusterTarget } from "./cluster-target.ts";
import { proveOn } from "./prove-on.ts";

const target = clusterTarget("catalog-test");

/** The cluster pulls from the engine's mirror, which has images of Docker Hub alone. */
const pullable = catalog.filter(({ services }) =>
  Object.values(services).every(({ image }) => hubName(String(image)) !== undefined),
);

test.each(pullable.map((one) => [one.name, one] as const))(
  "%s is as declared in a cluster",
  async (_, one) => {
    expect((await proveOn(target, plan(one))).failures).toEqual([]);
  },
);
