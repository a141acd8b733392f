import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { isContainerBeside, ownAddresses } from "../../src/machine/container-networks.ts";

let folder: string;

/** Interfaces as the kernel describes them. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-interfaces-"));
  const files = {
    "veth/ifindex": "12\n",
    "veth/iflink": "13\n",
    "veth/uevent": "INTERFACE=veth\nIFINDEX=12\n",
    "bridge/ifindex": "5\n",
    "bridge/iflink": "5\n",
    "bridge/bridge/bridge_id": "8000.0242\n",
    "card/ifindex": "2\n",
    "card/iflink": "2\n",
    "card/uevent": "INTERFACE=card\nIFINDEX=2\n",
    "macvlan/ifindex": "14\n",
    "macvlan/iflink": "2\n",
    "macvlan/uevent": "DEVTYPE=macvlan\nINTERFACE=macvlan\n",
  };
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["veth", "172.17.0.3", true],
  ["bridge", "172.17.0.3", true],
  // Its addresses are those of machines.
  ["card", "172.17.0.3", false],
  ["macvlan", "172.17.0.3", false],
  ["gone", "172.17.0.3", false],
  ["veth", "172.18.0.3", false],
  // The machine behind the network.
  ["veth", "172.17.0.1", false],
  ["veth", "::1", false],
])("on an interface %s, %s is a container: %s", (name, address, expected) => {
  const own = [{ name, cidr: "172.17.0.5/16" }];
  expect(isContainerBeside(address, own, "172.17.0.1", folder)).toBe(expected);
});

test("this machine's own addresses have the length of their prefix", () => {
  for (const { cidr } of ownAddresses()) expect(cidr).toMatch(/^(?!127\.)[\d.]+\/\d+$/);
});
