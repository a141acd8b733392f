import { describe, expect, test } from "@jest/globals";
import type { Properties } from "../../../../airgap/docker-provider/property-values.ts";
import type {
  ContainerConfig,
  InspectedContainer,
  InspectedEndpoint,
} from "../../../../airgap/docker-provider/resources/container-api.ts";
import { containerBody } from "../../../../airgap/docker-provider/resources/container-body.ts";
import { networkPlan } from "../../../../airgap/docker-provider/resources/container-networks.ts";
import {
  containerInputs,
  containerOutputs,
} from "../../../../airgap/docker-provider/resources/container-outputs.ts";
import type { ContainerInputs } from "../../../../airgap/docker-provider/resources/container-properties.ts";
import { everyInput } from "./every-input.ts";

const imageConfig: ContainerConfig = {
  Env: ["PATH=/bin", "FROM_IMAGE=yes"],
  Cmd: ["redis-server"],
  Entrypoint: ["docker-entrypoint.sh"],
  Labels: { "made.by": "image" },
  Volumes: { "/data": {} },
  WorkingDir: "/data",
  User: "redis",
  StopSignal: "SIGTERM",
  Healthcheck: { Test: ["CMD", "true"], Interval: 30e9 },
};
const image = { Id: "sha256:1", Config: imageConfig };

describe("what is seen right after creation is what was said", () => {
  test("with every input set", () => {
    expect(containerInputs(seen(everyInput), everyInput as Properties)).toEqual(everyInput);
  });

  test("with hardly any input set: the image's and Docker's own are no difference", () => {
    const inputs = { image: "redis:7", name: "cache-1", __defaults: ["name"] };
    expect(containerInputs(seen({ image: "redis:7" }), inputs)).toEqual(inputs);
  });

  test("with a healthcheck that leaves the rest to the image", () => {
    const inputs = { image: "redis:7", name: "cache-1", healthcheck: { interval: "5s" } };
    expect(containerInputs(seen(inputs), inputs)).toEqual(inputs);
  });

  test("with a network by its id", () => {
    const inputs = { image: "redis:7", name: "cache-1", networksAdvanced: [{ name: "id-of-front" }] };
    const { container } = seen({ ...inputs, networksAdvanced: [{ name: "front" }] });
    expect(containerInputs({ container, image, isImport: false }, inputs)).toEqual(inputs);
  });
});

describe("what the engine makes of it is no difference", () => {
  const said = { image: "redis:7", name: "cache-1" };
  const inputsOf = (changes: object, inputs: Properties = said) => {
    const { container } = seen(inputs as typeof said);
    return containerInputs({ container: { ...container, ...changes }, image, isImport: false }, inputs);
  };
  const { HostConfig } = seen(said).container;

  test("a limit that was lifted", () => {
    expect(
      inputsOf({ HostConfig: { ...HostConfig, CpuShares: 1024, CpuQuota: -1, MemorySwap: -1 } }),
    ).toEqual(said);
  });

  test("a kernel that does not account for swap", () => {
    const inputs = { ...said, memory: 32, memorySwap: 48 };
    const Memory = 32 * 1024 * 1024;
    expect(inputsOf({ HostConfig: { ...HostConfig, Memory, MemorySwap: -1 } }, inputs)).toEqual(inputs);
  });

  test("an image by its id", () => {
    const inputs = { ...said, image: image.Id };
    expect(inputsOf({ Config: { ...imageConfig, Image: "redis:7" } }, inputs)).toEqual(inputs);
  });

  test("the container's short id among its aliases, which engines before API 1.44 add", () => {
    const inputs = { ...said, networksAdvanced: [{ name: "front", aliases: ["cache"] }] };
    const front = { NetworkID: "id-of-front", Aliases: ["cache", "0123456789ab"] };
    expect(inputsOf({ NetworkSettings: { Networks: { front } } }, inputs)).toEqual(inputs);
  });

  test("a container that ran to its end, as attach says", () => {
    const inputs = { ...said, attach: true };
    const { State } = seen(said).container;
    expect(inputsOf({ State: { ...State, Running: false } }, inputs)).toEqual(inputs);
  });
});

test("an imported container is what a program would say", () => {
  const inputs = { image: "redis:7", name: "cache-1", networksAdvanced: [{ name: "front" }], memory: 64 };
  const { container } = seen(inputs);
  expect(containerInputs({ container, image, isImport: true }, undefined)).toEqual({
    image: "redis:7",
    name: "cache-1",
    memory: 64,
    networksAdvanced: [{ name: "front", aliases: [], driverOpts: [], linkLocalIps: [] }],
  });
});

describe("what differs is seen", () => {
  const said: ContainerInputs & { name: string } = {
    image: "redis:7",
    name: "cache-1",
    command: ["redis-server"],
    envs: ["A=1", "FROM_IMAGE=yes"],
    labels: [{ label: "a", value: "b" }],
    memory: 64,
    networksAdvanced: [{ name: "front", aliases: ["cache"] }],
    ports: [{ internal: 6379, external: 16379 }],
    healthcheck: { tests: ["CMD", "redis-cli", "ping"] },
  };

  test.each<[string, ContainerInputs]>([
    ["image", { ...said, image: "redis:8" }],
    ["command", { ...said, command: ["sleep"] }],
    ["envs", { ...said, envs: ["A=2", "FROM_IMAGE=yes"] }],
    ["labels", { ...said, labels: [] }],
    ["memory", { ...said, memory: 128 }],
    [
      "networksAdvanced",
      { ...said, networksAdvanced: [{ name: "front", aliases: ["cache"] }, { name: "back" }] },
    ],
    ["networksAdvanced", { ...said, networksAdvanced: [{ name: "front", aliases: ["other"] }] }],
    ["ports", { ...said, ports: [{ internal: 6379, external: 26379 }] }],
    ["healthcheck", { ...said, healthcheck: { tests: ["CMD", "true"] } }],
    ["restart", { ...said, restart: "always" }],
    ["privileged", { ...said, privileged: true }],
  ])("%s", (name, actual) => {
    const inputs = containerInputs(seen({ ...actual, name: "cache-1" }), said as Properties);
    const different = [...new Set([...Object.keys(inputs), ...Object.keys(said)])].filter(
      (key) => JSON.stringify(inputs[key]) !== JSON.stringify((said as Properties)[key]),
    );
    expect(different).toEqual([name]);
  });

  test("a container that was stopped need not run, as it seems", () => {
    const { container } = seen(said);
    const stopped = { ...container, State: { ...container.State, Running: false } };
    expect(containerInputs({ container: stopped, image, isImport: false }, said as Properties).mustRun).toBe(
      false,
    );
    const meantTo = { ...(said as Properties), start: false };
    expect(containerInputs({ container: stopped, image, isImport: false }, meantTo).mustRun).toBeUndefined();
  });
});

test("outputs show the ports that Docker chose, and the networks", () => {
  const inputs = {
    image: "redis:7",
    name: "cache-1",
    ports: [{ internal: 6379 }],
    networksAdvanced: [{ name: "front" }],
  };
  const { container } = seen(inputs);
  const outputs = containerOutputs(inputs, {
    ...container,
    NetworkSettings: {
      Ports: { "6379/tcp": [{ HostIp: "0.0.0.0", HostPort: "32768" }] },
      Networks: {
        front: { NetworkID: "id-of-front", IPAddress: "10.0.0.2", IPPrefixLen: 29, Gateway: "10.0.0.1" },
      },
    },
  });
  expect(outputs.ports).toEqual([{ internal: 6379, external: 32768, ip: "0.0.0.0", protocol: "tcp" }]);
  expect(outputs.networkDatas).toEqual([
    expect.objectContaining({
      networkName: "front",
      ipAddress: "10.0.0.2",
      ipPrefixLength: 29,
      gateway: "10.0.0.1",
    }),
  ]);
  expect(outputs.command).toEqual(["redis-server"]);
});

/** A double of the engine's answer: what it shows of a container made from `inputs`, merged with the image as it does. */
function seen(inputs: ContainerInputs & { readonly name?: string | undefined }) {
  const { HostConfig = {}, NetworkingConfig, ...config } = containerBody(inputs);
  const plan = networkPlan(inputs.networkMode, inputs.networksAdvanced);
  const endpoints = {
    ...NetworkingConfig?.EndpointsConfig,
    ...Object.fromEntries(plan.connectLater.map(({ network, endpoint }) => [network, endpoint])),
  };
  const networks = Object.keys(endpoints).length > 0 ? endpoints : { bridge: {} };
  const container: InspectedContainer = {
    Id: "0123456789abcdef",
    Name: `/${inputs.name ?? "cache-1"}`,
    Image: image.Id,
    Platform: "linux",
    State: { Status: "running", Running: true, Restarting: false, OOMKilled: false, ExitCode: 0, Error: "" },
    Config: {
      Hostname: "0123456789ab",
      ...imageConfig,
      ...config,
      Env: [...(config.Env ?? []), ...(imageConfig.Env ?? []).filter((env) => !config.Env?.includes(env))],
      Labels: { ...imageConfig.Labels, ...config.Labels },
      Volumes: { ...imageConfig.Volumes, ...config.Volumes },
      Healthcheck: { ...imageConfig.Healthcheck, ...config.Healthcheck },
    },
    HostConfig: {
      NetworkMode: "default",
      IpcMode: "private",
      Runtime: "runc",
      ShmSize: 67108864,
      SecurityOpt: inputs.privileged === true ? ["label=disable"] : null,
      ...HostConfig,
      LogConfig: { Type: "json-file", Config: {}, ...HostConfig.LogConfig },
      RestartPolicy: { Name: "no", MaximumRetryCount: 0, ...HostConfig.RestartPolicy },
      MemorySwap: HostConfig.MemorySwap ?? 2 * (HostConfig.Memory ?? 0),
    },
    NetworkSettings: {
      Networks: Object.fromEntries(
        Object.entries(networks).map(([name, endpoint]): [string, InspectedEndpoint] => [
          name,
          { NetworkID: `id-of-${name}`, MacAddress: "02:42:00:00:00:01", ...endpoint },
        ]),
      ),
    },
  };
  return { container, image, isImport: false };
}
