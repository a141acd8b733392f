import { expect, test } from "@jest/globals";
import { placeNetworkFrom } from "../../src/stacks/place-network-from.ts";

test("without the variables the network has no properties", () => {
  expect(placeNetworkFrom({ PATH: "/bin" })).toEqual({});
});

test("the variables set the properties", () => {
  const environment = {
    NESTBOX_MTU: "1400",
    NESTBOX_REGISTRY_MIRROR: "http://10.0.0.1:5000",
    NESTBOX_CA_BUNDLE: "/etc/ssl/certs/ca-certificates.crt",
  };
  expect(placeNetworkFrom(environment)).toEqual({
    mtu: 1400,
    registryMirror: "http://10.0.0.1:5000",
    certificates: "/etc/ssl/certs/ca-certificates.crt",
  });
});

test.each(["", "0", "-1", "many", "1400.5"])("an MTU of %j is ignored", (mtu) => {
  expect(placeNetworkFrom({ NESTBOX_MTU: mtu, NESTBOX_REGISTRY_MIRROR: "", NESTBOX_CA_BUNDLE: "" })).toEqual(
    {},
  );
});
