import { expect, test } from "@jest/globals";
import { CLUSTER_MIRROR_VARIABLE, clusterNetworkFrom } from "../../src/kubernetes/cluster-network.ts";
import { placeNetworkFrom } from "../../src/machine/place-network-from.ts";
import { uplinkMtu } from "../../src/machine/uplink.ts";

test("without the variables the network has the MTU of this machine's uplink", () => {
  expect(placeNetworkFrom({ PATH: "/bin" })).toEqual({ mtu: uplinkMtu() });
});

test("the variables set the properties", () => {
  const environment = {
    NESTBOX_MTU: "1400",
    NESTBOX_REGISTRY_MIRROR: "http://10.0.0.1:5000",
    NESTBOX_CA_BUNDLE: __filename,
  };
  expect(placeNetworkFrom(environment)).toEqual({
    mtu: 1400,
    registryMirror: "http://10.0.0.1:5000",
    certificates: __filename,
  });
});

test("certificates of other tools' variables count, as in the set-up", () => {
  expect(placeNetworkFrom({ SSL_CERT_FILE: __filename }).certificates).toBe(__filename);
});

test.each(["", "0", "-1", "many", "1400.5"])("an MTU of %j is ignored", (mtu) => {
  expect(placeNetworkFrom({ NESTBOX_MTU: mtu, NESTBOX_REGISTRY_MIRROR: "", NESTBOX_CA_BUNDLE: "" })).toEqual({
    mtu: uplinkMtu(),
  });
});

const own = { [CLUSTER_MIRROR_VARIABLE]: "http://own:5000", NESTBOX_REGISTRY_MIRROR: "http://machine:5000" };

test("the mirror of the settings comes before that of the own cluster; this machine's is no pod's", () => {
  const registryMirror = "http://mirror.ci:5000";
  expect(clusterNetworkFrom({ registryMirror }, own)).toMatchObject({ registryMirror });
  expect(clusterNetworkFrom({}, own)).toMatchObject({ registryMirror: "http://own:5000" });
  expect(clusterNetworkFrom({}, { NESTBOX_REGISTRY_MIRROR: "http://machine:5000" })).not.toHaveProperty(
    "registryMirror",
  );
});
