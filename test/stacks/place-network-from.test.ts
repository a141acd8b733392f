import { expect, test } from "@jest/globals";
import { uplinkMtu } from "../../src/machine/uplink.ts";
import { placeNetworkFrom } from "../../src/stacks/place-network-from.ts";

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
