import { expect, test } from "@jest/globals";
import { defaultGateway } from "../../src/machine/default-gateway.ts";

const HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
const OWN = "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";

test("the gateway of the default route is read from the kernel's table", () => {
  const usual = "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
  expect(defaultGateway(HEAD + usual + OWN)).toBe("172.17.0.1");
  expect(defaultGateway(HEAD + OWN)).toBeUndefined();
  expect(defaultGateway("")).toBeUndefined();
});
