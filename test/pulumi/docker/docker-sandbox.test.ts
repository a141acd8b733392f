import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as docker from "@pulumi/docker";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import fc from "fast-check";
import { postgres } from "../../../src/catalog/postgres.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { build } from "../../../src/model/build-definition.ts";
import { type Sandbox, sandbox } from "../../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { exec, log } from "../../../src/model/probe.ts";
import { secret, text } from "../../../src/model/text.ts";
import { DockerSandbox } from "../../../src/pulumi/docker/docker-sandbox.ts";
import type { DockerSandboxArgs } from "../../../src/pulumi/docker/docker-sandbox-args.ts";
import { type ReadyEngineDouble, readyEngineDouble } from "./ready-engine-double.ts";
import {
  type Properties,
  type Provider,
  type Recording,
  type RegisteredResource,
  record,
  secretProperty,
} from "./recording-monitor.ts";

const shop = sandbox("shop", {
  networks: { inside: { internal: true }, front: {} },
  volumes: ["data"],
  services: {
    web: {
      image: "example/web:1",
      networks: ["inside", "front"],
      alias: ["web", "www"],
      ports: [80, 443],
      publish: { 80: 8080 },
      entrypoint: ["/entry"],
      command: ["serve", "--all"],
      user: "1000:1000",
      extraHosts: { "api.example.com": "192.0.2.7" },
      tmpfs: { "/tmp": "16MiB" },
      limits: { memory: "100MiB", cpus: 1.5 },
      stop: { signal: "SIGINT", grace: "2500ms" },
      after: { migration: "completed", database: "ready" },
    },
    database: {
      image: "postgres:17-alpine",
      networks: ["inside"],
      volumes: { "/var/lib/postgresql/data": "data" },
      ports: [5432],
      publish: true,
      env: {
        USER: "shop",
        PASSWORD: secret("password"),
        URL: text`postgres://shop:${secret("password")}@db`,
      },
      files: { "/etc/pgpass": { content: secret("password") }, "/etc/motd": { content: "welcome" } },
      certificates: false,
      probe: exec(["pg_isready"], { within: "1500ms", every: "5m", startEvery: "100ms", retries: 7 }),
    },
    migration: {
      image: "example/web:1",
      networks: ["inside"],
      runsOnce: true,
      after: { database: "ready" },
    },
    nested: { image: "docker:dind", networks: ["front"], privileged: true, dockerDaemon: { tls: false } },
  },
  jobs: { tests: { image: "python:3.10", networks: ["inside"], script: ["true"] } },
});

/** A double of the Docker provider that creates every resource. */
const createAll: Provider = ({ type, name, inputs }) => {
  const id = `id-of-${name}`;
  switch (type) {
    case "docker:index/container:Container":
      return {
        id,
        state: {
          ...inputs,
          name: `${name}-1a2b3c4`,
          exitCode: 0,
          ports: inputs.ports?.map((port: object, index: number) => ({ external: 32768 + index, ...port })),
        },
      };
    case "docker:index/remoteImage:RemoteImage":
      return { id, state: { ...inputs, imageId: `sha256-of-${inputs.name}` } };
    default:
      return { id, state: { name: `${name}-1a2b3c4`, ...inputs } };
  }
};

/** A double of the Docker provider in a preview: outputs are unknown. */
const previewAll: Provider = ({ inputs }) => ({ state: inputs });

type Args = Omit<DockerSandboxArgs, "sandbox">;

/** Records a component with the name of its sandbox. */
function recordSandbox(
  declared: Sandbox,
  args: Args = {},
  {
    provider = createAll,
    preview = false,
  }: { readonly provider?: Provider; readonly preview?: boolean } = {},
): Promise<Recording> {
  return record(() => new DockerSandbox(declared.name, { sandbox: declared, ...args }), provider, {
    preview,
  });
}

const secrets = { password: "hunter2" };

let double: ReadyEngineDouble;
let recording: Recording;

beforeAll(async () => {
  double = await readyEngineDouble();
  Object.assign(process.env, {
    DOCKER_HOST: double.host,
    PULUMI_BACKEND_URL: "file:///state",
    NESTBOX_MTU: "1500",
    // Without proxies of this machine.
    DOCKER_CONFIG: "/nowhere",
  });
  // Without certificates of this machine, which services would have.
  for (const name of [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "CURL_CA_BUNDLE",
  ])
    delete process.env[name];
  recording = await recordSandbox(shop, { secrets });
});

afterAll(() => double.close());

function resource(name: string, within: Recording = recording): RegisteredResource {
  const found = within.resources.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no ${name} among ${within.resources.map((one) => one.name).join(", ")}`);
  return found;
}

function inputsOf(key: string, within: Recording = recording): RegisteredResource["inputs"] {
  return resource(`dev_shop_${key}`, within).inputs;
}

/** The dependencies of a container, as keys of the sandbox's parts. */
function dependenciesOf(key: string): readonly string[] {
  return resource(`dev_shop_${key}`)
    .dependencies.flatMap((urn) => /::dev_shop_([a-z]+)$/.exec(urn)?.[1] ?? [])
    .sort();
}

const containerKeys = ["web", "database", "migration", "nested"];

describe("the tree", () => {
  test("has one component with a resource for each part and image", () => {
    expect(recording.resources.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "docker:index/container:Container dev_shop_database",
      "docker:index/container:Container dev_shop_migration",
      "docker:index/container:Container dev_shop_nested",
      "docker:index/container:Container dev_shop_web",
      "docker:index/network:Network dev_shop_front",
      "docker:index/network:Network dev_shop_inside",
      "docker:index/remoteImage:RemoteImage dev_shop_docker:dind",
      "docker:index/remoteImage:RemoteImage dev_shop_example/web:1",
      "docker:index/remoteImage:RemoteImage dev_shop_postgres:17-alpine",
      "docker:index/remoteImage:RemoteImage dev_shop_python:3.10",
      "docker:index/volume:Volume dev_shop_data",
      "nestbox:index:DockerSandbox shop",
    ]);
  });

  test("has the component as the parent of each resource", () => {
    const [component, ...children] = recording.resources;
    expect(component).toMatchObject({ type: "nestbox:index:DockerSandbox", parent: "" });
    for (const { parent } of children) expect(parent).toMatch(/::nestbox:index:DockerSandbox::shop$/);
  });

  test("has the networks and the addresses of all services as outputs", () => {
    expect([...recording.outputs.values()]).toEqual([
      {
        networks: { inside: "dev_shop_inside-1a2b3c4", front: "dev_shop_front-1a2b3c4" },
        services: {
          web: {
            host: "web",
            port: "80",
            container: "dev_shop_web-1a2b3c4",
            aliases: ["web", "www"],
            published: { host: "127.0.0.1", port: "8080", addresses: { 80: "127.0.0.1:8080" } },
          },
          database: {
            host: "database",
            port: "5432",
            container: "dev_shop_database-1a2b3c4",
            aliases: ["database"],
            published: { host: "127.0.0.1", port: "32768", addresses: { 5432: "127.0.0.1:32768" } },
          },
          migration: { host: "migration", container: "dev_shop_migration-1a2b3c4", aliases: ["migration"] },
          nested: { host: "nested", container: "dev_shop_nested-1a2b3c4", aliases: ["nested"] },
        },
      },
    ]);
  });
});

describe("outputs of services", () => {
  const declared = sandbox("outputs", {
    services: {
      database: postgres({ user: "shop", password: secret("password"), publish: true }),
      cache: redis({ alias: "redis", profiles: ["fast"] }),
      worker: { image: "example/worker:1" },
    },
  });

  test("are the values of the catalog, in the network and on the host; secrets stay secret", async () => {
    const { outputs } = await recordSandbox(declared, { secrets, profiles: ["fast"] });
    const [{ services }] = [...outputs.values()] as [{ readonly services: Properties }];
    const urlAt = (address: string) => secretProperty(`postgresql://shop:hunter2@${address}/shop`);
    expect(services).toMatchObject({
      database: {
        host: "database",
        user: "shop",
        password: secretProperty("hunter2"),
        url: urlAt("database:5432"),
        variables: secretProperty({
          PGHOST: "database",
          PGPORT: "5432",
          PGUSER: "shop",
          PGPASSWORD: "hunter2",
          PGDATABASE: "shop",
          DATABASE_URL: "postgresql://shop:hunter2@database:5432/shop",
        }),
        published: { url: urlAt("127.0.0.1:32768"), port: "32768" },
      },
      cache: { url: "redis://redis:6379/0", variables: { REDIS_URL: "redis://redis:6379/0" } },
    });
  });

  test("that a service lacks throw when they are read, and only then", async () => {
    const read: string[] = [];
    const attempt = (work: () => unknown) => {
      try {
        read.push(String(work()));
      } catch (error) {
        read.push((error as Error).message);
      }
    };
    await record(() => {
      const { services } = new DockerSandbox("outputs", { sandbox: declared, secrets });
      attempt(() => services.cache.url);
      attempt(() => services.worker.port);
      attempt(() => services.worker.published);
      attempt(() => services.worker.variables);
      attempt(() => Object.keys(services));
    }, createAll);
    expect(read).toEqual([
      'outputs.services.cache: none of its profiles (fast) is active; add one to "profiles"',
      'outputs.services.worker: has no port; add "ports", for example [8080]',
      "outputs.services.worker: publishes no port; add publish: true",
      'outputs.services.worker: has no variables; add "variables" to the service',
      "database,worker",
    ]);
  });
});

test("two components of one sandbox have their own names, labels and subnets, placed together", async () => {
  const { requests } = double;
  const before = requests.length;
  const both = await record(() => {
    for (const name of ["eu", "us"]) new DockerSandbox(name, { sandbox: shop, secrets });
  }, createAll);
  const networks = ["eu", "us"].map((name) => resource(`dev_${name}_front`, both).inputs);
  const [eu, us] = networks.map(({ ipamConfigs }) => JSON.stringify(ipamConfigs));
  expect(eu).not.toBe(us);
  expect(networks.map(({ labels }) => labels)).toEqual(
    ["eu", "us"].map((value) => expect.arrayContaining([{ label: LABEL.component, value }])),
  );
  // As for one component.
  const reads = requests.slice(before).filter((path) => path === "/containers/json?all=1");
  expect(reads).toHaveLength(3);
});

describe("a wrong argument is an error before the first resource", () => {
  const declared = sandbox("odd", { services: { echo: { image: "alpine:3.19", profiles: ["loud"] } } });
  const wrong: readonly (readonly [name: string, args: object, message: string])[] = [
    ["a b", {}, 'DockerSandbox "a b": is no name for containers; use letters'],
    ["odd", { sandbox: {} }, 'DockerSandbox "odd": sandbox is not a sandbox; create it with sandbox('],
    ["odd", { sandbox: undefined }, 'DockerSandbox "odd": sandbox is not a sandbox; create it with sandbox('],
    [
      "odd",
      { profile: "loud" },
      'DockerSandbox "odd": profile is not an argument; use one of sandbox, profiles',
    ],
    ["odd", { profiles: "loud" }, 'DockerSandbox "odd": profiles is "loud"; it must be a list of strings'],
    [
      "odd",
      { profiles: ["quiet"] },
      'DockerSandbox "odd": profiles: no profile "quiet" in sandbox "odd"; it has loud',
    ],
    [
      "odd",
      { subnetPool: "everywhere" },
      'DockerSandbox "odd": subnetPool is "everywhere"; it must be a subnet',
    ],
    ["odd", { subnetPool: "10.0.0.0/30" }, "10.0.0.0/30"],
    [
      "odd",
      { privilegedImages: [1] },
      'DockerSandbox "odd": privilegedImages is [1]; it must be a list of strings',
    ],
    ["odd", { secrets: "hush" }, 'DockerSandbox "odd": secrets is not a map of names to values'],
    ["odd", { projectFolder: 7 }, 'DockerSandbox "odd": projectFolder is 7; set the path of a folder'],
  ];

  test.each(wrong)("%s %j", async (name, args, message) => {
    const count = { resources: 0 };
    const counting: Provider = (resource) => {
      count.resources += 1;
      return createAll(resource);
    };
    const program = () => new DockerSandbox(name, { sandbox: declared, ...args });
    await expect(record(program, counting)).rejects.toThrow(message);
    expect(count.resources).toBe(0);
  });

  test("an invalid sandbox, with its problems", async () => {
    const invalid = sandbox("odd", { services: { echo: { image: "a b" } } });
    const program = () => new DockerSandbox("odd", { sandbox: invalid });
    await expect(record(program, createAll)).rejects.toThrow(
      'odd.services.echo.image: "a b" is not an image reference',
    );
  });

  test("a sandbox of another copy of the package", async () => {
    const other = Object.defineProperty({ ...declared }, Symbol.for("nestbox.origin"), { value: "/other/" });
    const program = () => new DockerSandbox("odd", { sandbox: other });
    await expect(record(program, createAll)).rejects.toThrow(
      'DockerSandbox "odd": sandbox is the sandbox "odd" of another copy of nestbox, /other/',
    );
  });
});

describe("order", () => {
  test("a container waits for its networks, volumes, image and dependencies", () => {
    expect(dependenciesOf("database")).toEqual(["data", "inside"]);
    expect(dependenciesOf("migration")).toEqual(["database", "inside"]);
    expect(dependenciesOf("web")).toEqual(["database", "front", "inside", "migration"]);
    expect(resource("dev_shop_nested").dependencies).toEqual(
      expect.arrayContaining([expect.stringMatching(/RemoteImage::dev_shop_docker:dind$/)]),
    );
  });

  test("a replaced container is removed before its successor is created", () => {
    for (const key of containerKeys) {
      expect(resource(`dev_shop_${key}`)).toMatchObject({
        deleteBeforeReplace: true,
        replaceOnChanges: ["healthcheck", "tmpfs", "init", "#initerror"],
      });
    }
    expect(resource("dev_shop_inside").deleteBeforeReplace).toBe(true);
  });

  test("the provider does not wait for readiness", () => {
    for (const key of containerKeys) {
      for (const property of ["wait", "waitTimeout", "attach", "logs"]) {
        expect(inputsOf(key)).not.toHaveProperty(property);
      }
    }
  });

  test("a healthcheck has the provider's format", () => {
    expect(inputsOf("database").healthcheck).toEqual({
      tests: ["CMD", "pg_isready"],
      interval: "5m0s",
      timeout: "5s",
      retries: 7,
      startPeriod: "1.5s",
      startInterval: "100ms",
    });
  });

  test("a service that runs once has mustRun: false", () => {
    expect(inputsOf("migration")).toMatchObject({ mustRun: false, restart: "no" });
    expect(inputsOf("migration")).not.toHaveProperty("healthcheck");
  });
});

describe("networks", () => {
  test("have the planned subnet and are internal if declared", () => {
    const subnet = expect.stringMatching(/^10\.231\.\d+\.\d+\/28$/);
    const gateway = expect.stringMatching(/^10\.231\.\d+\.\d+$/);
    expect(inputsOf("inside")).toMatchObject({
      driver: "bridge",
      internal: true,
      ipamConfigs: [{ subnet, gateway }],
      options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
    });
    expect(inputsOf("front")).toMatchObject({ internal: false, ipamConfigs: [{ subnet, gateway }] });
  });

  test("have the machine's MTU if it is smaller than Docker's default", async () => {
    process.env.NESTBOX_MTU = "1400";
    const smaller = await recordSandbox(shop, { secrets });
    process.env.NESTBOX_MTU = "1500";
    expect(inputsOf("front", smaller).options).toEqual({ "com.docker.network.driver.mtu": "1400" });
    expect(inputsOf("front")).not.toHaveProperty("options");
  });

  test("are joined by their actual names with all aliases, external ones first", () => {
    const aliases = ["web", "www"];
    expect(inputsOf("web").networksAdvanced).toEqual([
      { name: "dev_shop_front-1a2b3c4", aliases },
      { name: "dev_shop_inside-1a2b3c4", aliases },
    ]);
  });
});

describe("containers", () => {
  test("have the declared properties", () => {
    expect(inputsOf("web")).toMatchObject({
      image: "sha256-of-example/web:1",
      entrypoints: ["/entry"],
      command: ["serve", "--all"],
      user: "1000:1000",
      hosts: [{ host: "api.example.com", ip: "192.0.2.7" }],
      tmpfs: { "/tmp": "size=16777216" },
      memory: 100,
      memorySwap: 100,
      cpus: "1.5",
      stopSignal: "SIGINT",
      stopTimeout: 3,
      destroyGraceSeconds: 3,
    });
    expect(inputsOf("database").mounts).toEqual([
      {
        type: "volume",
        source: "dev_shop_data-1a2b3c4",
        target: "/var/lib/postgresql/data",
        readOnly: false,
      },
    ]);
  });

  test("publish only the declared ports, on the loopback", () => {
    expect(inputsOf("web").ports).toEqual([{ internal: 80, external: 8080, ip: "127.0.0.1" }]);
    expect(inputsOf("database").ports).toEqual([{ internal: 5432, ip: "127.0.0.1" }]);
    expect(inputsOf("nested")).not.toHaveProperty("ports");
  });

  test("are privileged only if declared", () => {
    const privileged = containerKeys.filter((key) => inputsOf(key).privileged !== undefined);
    expect(privileged).toEqual(["nested"]);
    expect(inputsOf("nested").privileged).toBe(true);
  });

  test("have labels, like all resources that support them", () => {
    const labelled = [...containerKeys, "inside", "front", "data"];
    for (const key of labelled) {
      const labels = inputsOf(key).labels as readonly { label: string; value: string }[];
      expect(Object.fromEntries(labels.map(({ label, value }) => [label, value]))).toMatchObject({
        [LABEL.owner]: expect.stringMatching(/^example\/dev\/[0-9a-z]{6}$/),
        [LABEL.sandbox]: "shop",
        [LABEL.component]: "shop",
        [LABEL.part]: key,
      });
    }
  });

  test("keep every value of a variable unchanged", async () => {
    const values = fc
      .string({ unit: "binary" })
      .filter((value) => value.isWellFormed() && !value.includes("\0"));
    const odd = ["a\nb", "'\"`\\", "$HOME $$ ${X}", "é漢字🐚", "", " ", "a=b"];
    const generated = fc.sample(values, 200);
    const env = Object.fromEntries([...odd, ...generated].map((value, index) => [`V${index}`, value]));
    const declared = sandbox("odd", {
      services: { echo: { image: "alpine:3.19", env, certificates: false } },
    });
    const recorded = await recordSandbox(declared);
    expect(resource("dev_odd_echo", recorded).inputs.envs).toEqual(
      Object.entries(env).map(([name, value]) => `${name}=${value}`),
    );
  });
});

describe("secrets", () => {
  test("are the only secret inputs", () => {
    expect(inputsOf("database").envs).toEqual([
      "USER=shop",
      secretProperty("PASSWORD=hunter2"),
      secretProperty("URL=postgres://shop:hunter2@db"),
    ]);
    expect(inputsOf("database").uploads).toEqual([
      { file: "/etc/pgpass", content: secretProperty("hunter2"), permissions: "0444" },
      { file: "/etc/motd", content: "welcome", permissions: "0444" },
    ]);
  });

  test("without a value are an error before the first resource", async () => {
    await expect(recordSandbox(shop)).rejects.toThrow(
      'no value for the secret "password"; set NESTBOX_SECRET_PASSWORD',
    );
  });

  test("are absent from labels, names and outputs", () => {
    const elsewhere = recording.resources.map(({ inputs: { envs, uploads, ...inputs }, ...others }) => ({
      ...others,
      inputs,
    }));
    expect(JSON.stringify([elsewhere, [...recording.outputs]])).not.toContain("hunter2");
  });
});

test("addresses of proxies are secret inputs, and in nothing else", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-proxies-"));
  const ofEngine = { httpProxy: "http://me:xylophone@proxy.example.com:3128", noProxy: ".example.com" };
  const proxies = { default: { ftpProxy: "http://other" }, [double.host]: ofEngine };
  writeFileSync(path.join(folder, "config.json"), JSON.stringify({ proxies }));
  process.env.DOCKER_CONFIG = folder;
  try {
    const cache = { image: "redis:7-alpine", certificates: false };
    const recorded = await recordSandbox(sandbox("proxied", { services: { cache } }));
    const { envs, ...others } = resource("dev_proxied_cache", recorded).inputs;
    const direct = ".example.com,localhost,127.0.0.1,::1,cache";
    expect(envs).toEqual([
      secretProperty(`HTTP_PROXY=${ofEngine.httpProxy}`),
      `NO_PROXY=${direct}`,
      secretProperty(`http_proxy=${ofEngine.httpProxy}`),
      `no_proxy=${direct}`,
    ]);
    expect(JSON.stringify([others, [...recorded.outputs]])).not.toContain("xylophone");
  } finally {
    process.env.DOCKER_CONFIG = "/nowhere";
    rmSync(folder, { recursive: true });
  }
});

test("the component waits for services on its engine", async () => {
  const { requests } = double;
  const chatty = sandbox("chatty", {
    services: {
      server: { image: "alpine:3.19", probe: log(/listening/) },
      client: { image: "alpine:3.19", after: { server: "ready" } },
    },
  });
  const recorded = await recordSandbox(chatty);
  expect(resource("dev_chatty_client", recorded).inputs).toMatchObject({ restart: "no" });
  expect(requests).toContainEqual(expect.stringMatching(/^\/containers\/id-of-dev_chatty_server\/logs/));
});

test("resources that depend on a sandbox are created once its services are ready", async () => {
  const { requests } = double;
  const before = requests.length;
  let answered: readonly string[] = [];
  const slow = sandbox("slow", { services: { server: { image: "alpine:3.19", probe: log(/listening/) } } });
  await record(
    () => {
      const slowSandbox = new DockerSandbox("slow", { sandbox: slow });
      new docker.Volume("after", {}, { dependsOn: slowSandbox });
    },
    (resource) => {
      if (resource.name === "after") answered = requests.slice(before);
      return createAll(resource);
    },
  );
  // The last request: the container records that the line was found.
  expect(answered).toContain("/containers/id-of-dev_slow_server/archive?path=%2F");
});

describe("properties that Pulumi's provider does not support are errors before the first resource", () => {
  test.each([
    [
      { extraHosts: { "api.example.com": "2001:db8::7" } },
      'odd.services.echo.extraHosts["api.example.com"]: ' +
        "Pulumi's Docker provider does not support IPv6 addresses; use an IPv4 address",
    ],
    [{ command: ["echo", ""] }, "odd.services.echo.command: has an empty word"],
    [{ entrypoint: [] }, "odd.services.echo.entrypoint: is empty, as is the command; set a command"],
  ])("%j", async (properties, message) => {
    const declared = sandbox("odd", { services: { echo: { image: "alpine:3.19", ...properties } } });
    const recorded = recordSandbox(declared);
    await expect(recorded).rejects.toThrow(message);
  });
});

test("words that the provider would drop or reject move to the entrypoint", async () => {
  const image = "alpine:3.19";
  const declared = sandbox("words", {
    services: {
      none: { image, entrypoint: [], command: ["echo", "one"] },
      empty: { image, entrypoint: ["echo"], command: ["", "two"] },
    },
  });
  const recorded = await recordSandbox(declared);
  const wordsOf = (key: string) => {
    const { entrypoints, command } = resource(`dev_words_${key}`, recorded).inputs;
    return { entrypoints, command };
  };
  expect(wordsOf("none")).toEqual({ entrypoints: ["echo", "one"] });
  expect(wordsOf("empty")).toEqual({ entrypoints: ["echo", "", "two"] });
});

describe("a preview", () => {
  test("of a new sandbox registers all resources with unknown outputs", async () => {
    const preview = await recordSandbox(shop, { secrets }, { provider: previewAll, preview: true });
    expect(preview.resources).toHaveLength(recording.resources.length);
    expect(inputsOf("web", preview)).toMatchObject({ image: unknownValue, command: ["serve", "--all"] });
  });

  test("does not wait for readiness", async () => {
    const chatty = sandbox("chatty", {
      services: {
        server: { image: "alpine:3.19", probe: log(/listening/) },
        client: { image: "alpine:3.19", after: { server: "ready" } },
      },
    });
    const preview = await recordSandbox(chatty, {}, { provider: previewAll, preview: true });
    expect(resource("dev_chatty_client", preview).inputs).toMatchObject({ restart: "no" });
  });
});

test("an image that is built is one resource, whatever it is built from", async () => {
  const projectFolder = mkdtempSync(path.join(tmpdir(), "nestbox-built-"));
  try {
    mkdirSync(path.join(projectFolder, "api"));
    const declared = sandbox("own", { services: { api: { image: build("api") } } });
    const nameOf = async (dockerfile: string, preview: boolean) => {
      writeFileSync(path.join(projectFolder, "api/Dockerfile"), dockerfile);
      const provider = preview ? previewAll : createAll;
      const recorded = await recordSandbox(declared, { projectFolder }, { preview, provider });
      return resource("dev_own_own.services.api.image", recorded).inputs.name;
    };
    const name = await nameOf("FROM alpine:3.19\n", false);
    expect(name).toMatch(/^localhost\/nestbox\/api:[0-9a-f]{16}$/);
    expect(double.requests).toContain(`/images/${name}/json`);
    expect(await nameOf("FROM alpine:3.19\n", true)).toBe(name);
    expect(await nameOf("FROM alpine:3.20\n", true)).not.toBe(name);
  } finally {
    rmSync(projectFolder, { recursive: true });
  }
});
