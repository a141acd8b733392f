import { expect, test } from "@jest/globals";
import { CLUSTER_MIRROR_VARIABLE, clusterNetworkFrom } from "../../src/stacks/place-network-from.ts";

const own = { [CLUSTER_MIRROR_VARIABLE]: "http://own:5000", NESTBOX_REGISTRY_MIRROR: "http://machine:5000" };

test("the mirror of the settings comes before that of the own cluster; this machine's is no pod's", () => {
  const registryMirror = "http://mirror.ci:5000";
  expect(clusterNetworkFrom({ registryMirror }, own)).toMatchObject({ registryMirror });
  expect(clusterNetworkFrom({}, own)).toMatchObject({ registryMirror: "http://own:5000" });
  expect(clusterNetworkFrom({}, { NESTBOX_REGISTRY_MIRROR: "http://machine:5000" })).not.toHaveProperty(
    "registryMirror",
  );
});
