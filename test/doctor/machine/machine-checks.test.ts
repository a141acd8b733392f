import { expect, test } from "@jest/globals";
import type {
  EngineInfo,
  EngineNetwork,
  EngineVersion,
  MachineFacts,
} from "../../../src/doctor/machine/machine-checks.ts";
import { checkMachine } from "../../../src/doctor/machine/machine-checks.ts";

const GIB = 1024 ** 3;
const VERSION: EngineVersion = { Version: "29.7.2", ApiVersion: "1.52", MinAPIVersion: "1.40" };
const INFO: EngineInfo = {
  ...{ Driver: "overlay2", DockerRootDir: "/var/lib/docker" },
  ...{ CgroupVersion: "2", MemoryLimit: true },
};
const GOOD: MachineFacts = {
  host: "unix:///var/run/docker.sock",
  origin: "socket of Docker",
  access: { address: "127.0.0.1", host: "127.0.0.1", because: "the engine is here" },
  version: VERSION,
  info: INFO,
  networks: [network("bridge", 1500, "172.17.0.0/16")],
  uplinkMtu: 1500,
  userNamespaces: {
    "user.max_user_namespaces": 96_365,
    "kernel.unprivileged_userns_clone": 1,
    "kernel.apparmor_restrict_unprivileged_userns": 0,
  },
  disk: { folder: "/var/lib/docker", free: 50 * GIB, total: 100 * GIB },
};

/** A network as the engine reports it. */
function network(Name: string, mtu: number, ...subnets: readonly string[]): EngineNetwork {
  return {
    ...{ Name, Internal: false, Options: { "com.docker.network.driver.mtu": String(mtu) } },
    IPAM: { Config: subnets.map((Subnet) => ({ Subnet })) },
  };
}

function found(facts: Partial<MachineFacts>) {
  return checkMachine({ ...GOOD, ...facts })
    .filter(({ state }) => state !== "good")
    .map(({ id, state, finding, remedy }) => ({ id, state, finding, hasRemedy: remedy !== undefined }));
}

const version = (change: Partial<EngineVersion>) => ({ version: { ...VERSION, ...change } });
const info = (change: Partial<EngineInfo>) => ({ info: { ...INFO, ...change } });

test("a good machine has no findings, and all checks run", () => {
  expect(found({})).toEqual([]);
  expect(checkMachine(GOOD).map(({ id }) => id)).toEqual([
    ...["engine", "api", "storage", "cgroup", "mtu", "address-pools", "user-namespaces", "disk"],
  ]);
});

test("an engine is reported with the reason for it, and with how its ports are reached", () => {
  const origin = "socket of Colima; not unix:///var/run/docker.sock: connect EACCES /var/run/docker.sock";
  const because = "this process is in a container of the engine";
  const findings = (facts: Partial<MachineFacts>) =>
    checkMachine({ ...GOOD, ...facts }).map(({ finding }) => finding);
  expect(findings({ origin })[0]).toBe(`Docker 29.7.2 at unix:///var/run/docker.sock (${origin})`);
  expect(findings({ access: { address: "172.17.0.1", host: "172.17.0.1", because } })[1]).toBe(
    `published ports are reached at 172.17.0.1: ${because}`,
  );
  expect(found({ access: { address: "127.0.0.1", because: "it is elsewhere" } })).toEqual([
    {
      id: "published-ports",
      state: "warning",
      finding: "published ports are not reached: it is elsewhere",
      hasRemedy: true,
    },
  ]);
});

test("an engine without start_interval, and one that refuses older clients, are warnings", () => {
  expect(found(version({ ApiVersion: "1.41", MinAPIVersion: "1.12" }))).toEqual([
    { id: "api", state: "warning", finding: "API 1.12 to 1.41", hasRemedy: true },
  ]);
  expect(found(version({ MinAPIVersion: "1.44" }))).toEqual([
    { id: "api", state: "warning", finding: "API 1.44 to 1.52", hasRemedy: true },
  ]);
});

test("Podman is named, and is not measured by what only Docker has", () => {
  const podman = {
    ...{ Version: "5.4.2", ApiVersion: "1.41", MinAPIVersion: "1.24" },
    Components: [{ Name: "Podman Engine", Version: "5.4.2" }],
  };
  const networks = [
    // Its default network has no such option.
    { ...network("bridge", 0, "10.88.0.0/16"), Options: {} },
    { ...network("up_shop_default", 0, "10.231.0.0/28"), Options: { mtu: "1400" } },
  ];
  const facts = { ...version(podman), networks, uplinkMtu: 1400 };
  expect(found(facts)).toEqual([]);
  const checks = checkMachine({ ...GOOD, ...facts });
  expect(checks[0]?.finding).toBe("Podman 5.4.2 at unix:///var/run/docker.sock (socket of Docker)");
  expect(checks.map(({ id }) => id)).not.toContain("address-pools");
  const larger = { ...network("jobs", 0), Options: { mtu: "1500" } };
  expect(found({ ...facts, networks: [larger] })).toMatchObject([{ id: "mtu", state: "problem" }]);
});

test("API versions are compared as versions, not as decimal fractions", () => {
  expect(found(version({ ApiVersion: "1.100", MinAPIVersion: "1.9" }))).toEqual([]);
});

test("the storage driver vfs is a problem, fuse-overlayfs a warning", () => {
  expect(found(info({ Driver: "vfs" }))).toMatchObject([{ id: "storage", state: "problem" }]);
  expect(found(info({ Driver: "fuse-overlayfs" }))).toMatchObject([{ id: "storage", state: "warning" }]);
});

test("limits that have no effect are a problem, cgroup v1 a warning", () => {
  expect(found(info({ MemoryLimit: false }))).toMatchObject([{ id: "cgroup", state: "problem" }]);
  expect(found(info({ CgroupVersion: "1" }))).toMatchObject([{ id: "cgroup", state: "warning" }]);
});

test("networks with a larger MTU than the uplink are reported, except internal networks", () => {
  const networks = [
    network("bridge", 1400),
    network("tests_default", 1500),
    { ...network("closed", 1500), Internal: true },
  ];
  expect(found({ networks, uplinkMtu: 1400 })).toEqual([
    {
      id: "mtu",
      state: "problem",
      finding: "MTU 1400 on the uplink, but 1500 in tests_default: large packets are dropped",
      hasRemedy: true,
    },
  ]);
  expect(found({ networks, uplinkMtu: 1500 })).toEqual([]);
});

test("few networks left are a warning, none a problem", () => {
  const pools = info({ DefaultAddressPools: [{ Base: "10.0.0.0/29", Size: 32 }] });
  const taken = (count: number) =>
    Array.from({ length: count }, (_, place) => network(`n${place}`, 1500, `10.0.0.${place}/32`));
  expect(found({ ...pools, networks: taken(3) })).toEqual([]);
  expect(found({ ...pools, networks: taken(7) })).toEqual([
    {
      id: "address-pools",
      state: "warning",
      finding: "1 of 8 subnets are free in the engine's address pools",
      hasRemedy: true,
    },
  ]);
  expect(found({ ...pools, networks: taken(8) })).toMatchObject([{ id: "address-pools", state: "problem" }]);
});

test("little disk space is a warning, hardly any is a problem", () => {
  const disk = (free: number) => ({ disk: { folder: "/var/lib/docker", free, total: 100 * GIB } });
  expect(found(disk(9 * GIB))).toEqual([
    {
      id: "disk",
      state: "warning",
      finding: "9.0 GiB of 100 GiB free for /var/lib/docker",
      hasRemedy: true,
    },
  ]);
  expect(found(disk(GIB))).toMatchObject([{ id: "disk", state: "problem" }]);
});

test("checks that need another machine are unknown, not problems", () => {
  const { disk: _, uplinkMtu: __, userNamespaces: ___, ...seen } = GOOD;
  expect(
    checkMachine(seen)
      .filter(({ state }) => state === "unknown")
      .map(({ id }) => id),
  ).toEqual(["mtu", "user-namespaces", "disk"]);
});

test.each([
  [{ "user.max_user_namespaces": 0 }, "user.max_user_namespaces is 0", "user.max_user_namespaces=28633"],
  [
    { "user.max_user_namespaces": 9, "kernel.unprivileged_userns_clone": 0 },
    "kernel.unprivileged_userns_clone is 0",
    "kernel.unprivileged_userns_clone=1",
  ],
  [
    { "user.max_user_namespaces": 9, "kernel.apparmor_restrict_unprivileged_userns": 1 },
    "kernel.apparmor_restrict_unprivileged_userns is 1",
    "kernel.apparmor_restrict_unprivileged_userns=0",
  ],
] as const)("a kernel that forbids user namespaces is a warning: %j", (userNamespaces, finding, setting) => {
  expect(checkMachine({ ...GOOD, userNamespaces }).filter(({ id }) => id === "user-namespaces")).toEqual([
    {
      id: "user-namespaces",
      state: "warning",
      finding: `jobs cannot create user namespaces: ${finding}`,
      remedy: expect.stringContaining(`sysctl -w ${setting}`),
    },
  ]);
});

test("a kernel without the settings of Debian and Ubuntu forbids nothing", () => {
  expect(found({ userNamespaces: { "user.max_user_namespaces": 9 } })).toEqual([]);
  expect(found({ userNamespaces: {} })).toEqual([]);
});
