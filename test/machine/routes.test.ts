import { expect, test } from "@jest/globals";
import { parseRoutes, routesOfThisMachine } from "../../src/machine/routes.ts";
import { parseSubnet } from "../../src/model/subnets.ts";

/** A machine with two VPNs: one has its own routing table, one replaces the default route by halves. */
const TABLES = `Id 52:
  +-- 10.231.0.0/16 2 0 2
     |-- 10.231.7.0
        /24 link UNICAST
        /28 link UNICAST
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
        /1 universe UNICAST
     |-- 128.0.0.0
        /1 universe UNICAST
     +-- 192.0.2.0/24 2 0 2
        |-- 192.0.2.0
           /24 link UNICAST
        |-- 192.0.2.2
           /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
     |-- 198.51.100.0
        /24 universe UNREACHABLE
Local:
  +-- 127.0.0.0/8 2 0 2
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 192.0.2.2
        /32 host LOCAL
`;

test("networks and addresses of all tables are routes, without internet, loopback and unreachable", () => {
  expect(parseRoutes(TABLES)).toEqual(["10.231.7.0/24", "10.231.7.0/28", "192.0.2.0/24", "192.0.2.2/32"]);
});

test("this machine's routes are subnets", () => {
  expect(routesOfThisMachine().filter((route) => parseSubnet(route) === undefined)).toEqual([]);
});
