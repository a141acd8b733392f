import { describe, expect, test } from "@jest/globals";
import {
  containerBody,
  containerUpdateBody,
  impossibleInPlace,
} from "../../../../airgap/docker-provider/resources/container-body.ts";
import { networkPlan } from "../../../../airgap/docker-provider/resources/container-networks.ts";
import { everyInput } from "./every-input.ts";

test("every implemented input is written for the engine", () => {
  expect(containerBody(everyInput)).toMatchSnapshot();
});

test("values arrive unchanged, whatever is in them", () => {
  const envs = ['Q="a"', "L=a\nb", "D=$HOME $$", "U=grün", "E="];
  expect(containerBody({ image: "x", envs }).Env).toEqual(envs);
});

test("what is not set is not sent", () => {
  expect(containerBody({ image: "x", name: "n", wait: true, user: "" })).toEqual({ Image: "x" });
});

describe("networks", () => {
  test("the first is there from the beginning, the others are connected before the start", () => {
    const plan = networkPlan("bridge", [
      { name: "a", aliases: ["x"] },
      { name: "b", ipv4Address: "10.0.0.9" },
    ]);
    expect(plan.body).toEqual({
      HostConfig: { NetworkMode: "a" },
      NetworkingConfig: { EndpointsConfig: { a: { Aliases: ["x"] } } },
    });
    expect(plan.connectLater).toEqual([
      { network: "b", endpoint: { IPAMConfig: { IPv4Address: "10.0.0.9" } } },
    ]);
  });

  test("a mode of its own stays", () => {
    expect(networkPlan("host", undefined).body).toEqual({ HostConfig: { NetworkMode: "host" } });
    expect(networkPlan("other", [{ name: "a" }]).connectLater.map(({ network }) => network)).toEqual(["a"]);
  });
});

describe("changes in place", () => {
  const mebibyte = 1024 * 1024;

  test("swap grows with memory, as when the container is made", () => {
    expect(containerUpdateBody(["memory"], { image: "x", memory: 64 })).toEqual({
      Memory: 64 * mebibyte,
      MemorySwap: 128 * mebibyte,
    });
  });

  test("limits that are taken away are lifted", () => {
    expect(containerUpdateBody(["cpuShares", "cpuQuota", "memorySwap"], { image: "x", memory: 32 })).toEqual({
      Memory: 32 * mebibyte,
      MemorySwap: 64 * mebibyte,
      CpuShares: 1024,
      CpuQuota: -1,
    });
  });

  test("the restart policy is sent whole", () => {
    expect(
      containerUpdateBody(["maxRetryCount"], { image: "x", restart: "on-failure", maxRetryCount: 3 }),
    ).toEqual({
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
    });
  });

  test("what Docker cannot change, or cannot lift, is known", () => {
    const changed = ["envs", "healthcheck", "tmpfs", "memory", "cpuSet", "cpuShares", "wait"];
    expect(impossibleInPlace(changed, { image: "x" })).toEqual(["healthcheck", "tmpfs", "memory", "cpuSet"]);
    expect(impossibleInPlace(changed, { image: "x", memory: 32, cpuSet: "0" })).toEqual([
      "healthcheck",
      "tmpfs",
    ]);
  });
});
