import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import Dockerode from "dockerode";
import { type PulumiProject, type PulumiRun, pulumiProject, pulumiYaml } from "../pulumi-project.ts";

const docker = new Dockerode();
const label = randomBytes(6).toString("hex");
const image = "alpine:3.19";
const secret = `geheim-${label}`;
const ours = { filters: JSON.stringify({ label: [`nestbox.test=${label}`] }) };

let project: PulumiProject;

beforeAll(async () => {
  project = await pulumiProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": readFileSync(join(__dirname, "program/index.ts"), "utf8"),
  });
});

afterAll(async () => {
  for (const { Id } of await docker.listContainers({ all: true, ...ours }))
    await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Id } of await docker.listNetworks(ours)) await docker.getNetwork(Id).remove();
  for (const { Name } of (await docker.listVolumes(ours)).Volumes) await docker.getVolume(Name).remove();
  project?.remove();
});

/** What the program says, on top of its own. */
const say = (changes: { cache?: object; job?: object } = {}) =>
  project.write("changes.json", JSON.stringify({ label, image, secret, ...changes }));

const up = async (changes: { cache?: object; job?: object } = {}): Promise<PulumiRun> => {
  say(changes);
  return project.pulumi("up", "--yes", "--skip-preview");
};

const succeeded = (run: PulumiRun): void => {
  if (run.code !== 0) throw new Error(run.output);
};

const outputs = async () => JSON.parse((await project.pulumi("stack", "output", "--json")).output);
const containerIds = async () => (await docker.listContainers({ all: true, ...ours })).map(({ Id }) => Id);
const theContainer = async () => {
  const ids = await containerIds();
  expect(ids).toHaveLength(1);
  return docker.getContainer(ids[0] ?? "").inspect();
};

describe("a new stack", () => {
  test("can be previewed while nothing is known", async () => {
    say();
    succeeded(await project.pulumi("preview"));
    expect(await containerIds()).toEqual([]);
  });

  test("makes what the program says, and waits until it is healthy", async () => {
    succeeded(await up());
    const container = await theContainer();
    expect(container.State.Health?.Status).toBe("healthy");
    expect(container.Name).toMatch(/^\/cache-[0-9a-f]{7}$/);
    expect(container.Config.Env).toEqual(expect.arrayContaining(["PLAIN=a b", `PASSWORD=${secret}`]));
    const [networkName, endpoint] = Object.entries(container.NetworkSettings.Networks)[0] ?? [];
    expect(Object.keys(container.NetworkSettings.Networks)).toHaveLength(1);
    expect(endpoint?.Aliases).toContain("some-random-cache");
    expect(await fileIn(container.Id, "/etc/nestbox/cache.conf")).toContain("quotes \" ' and $x\n");
    const { id, ports, networks } = await outputs();
    expect(id).toBe(container.Id);
    expect(ports).toEqual([
      { internal: 6379, external: expect.any(Number), ip: "127.0.0.1", protocol: "tcp" },
    ]);
    expect(networks).toEqual([expect.objectContaining({ networkName, ipAddress: endpoint?.IPAddress })]);
  });

  test("keeps the secret out of the state", async () => {
    expect(project.stateText()).toContain("some-random-cache");
    expect(project.stateText()).not.toContain(secret);
    const exported = (await project.pulumi("stack", "export")).output;
    expect(exported).toContain("ciphertext");
    expect(exported).not.toContain(secret);
  });

  test("is left alone by preview, refresh and up", async () => {
    succeeded(await project.pulumi("preview", "--expect-no-changes"));
    succeeded(await project.pulumi("refresh", "--expect-no-changes", "--yes", "--skip-preview"));
    succeeded(await project.pulumi("up", "--expect-no-changes", "--yes", "--skip-preview"));
  });
});

describe("a change", () => {
  test("of a limit is made in the living container", async () => {
    const { Id } = await theContainer();
    succeeded(
      await up({ cache: { memory: 48, restart: "unless-stopped", cpuShares: 512, cpuQuota: 50_000 } }),
    );
    const changed = await theContainer();
    expect(changed.Id).toBe(Id);
    expect(changed.HostConfig.Memory).toBe(48 * 1024 * 1024);
    expect(changed.HostConfig.RestartPolicy?.Name).toBe("unless-stopped");
  });

  test("that takes limits away lifts them, and a later refresh sees no difference", async () => {
    const { Id } = await theContainer();
    succeeded(await up());
    const changed = await theContainer();
    expect([changed.Id, changed.HostConfig.RestartPolicy?.Name]).toEqual([Id, "no"]);
    succeeded(await project.pulumi("refresh", "--expect-no-changes", "--yes", "--skip-preview"));
  });

  test("of a variable replaces the container", async () => {
    const { Id } = await theContainer();
    succeeded(await up({ cache: { envs: ["PLAIN=c"] } }));
    const replaced = await theContainer();
    expect(replaced.Id).not.toBe(Id);
    expect(replaced.Config.Env).toContain("PLAIN=c");
    succeeded(await up());
  });

  test("that Docker cannot make is refused with the remedy, in the preview already", async () => {
    say({ cache: { healthcheck: { tests: ["CMD", "true"] }, memory: 0 } });
    const { code, output } = await project.pulumi("preview");
    expect(code).not.toBe(0);
    expect(output).toContain(
      'cache: Docker cannot make this change of healthcheck, memory in a container that exists: add replaceOnChanges: ["healthcheck", "memory"]',
    );
  });
});

describe("what was changed behind Pulumi's back", () => {
  const repaired = async () => {
    succeeded(await project.pulumi("up", "--refresh", "--yes", "--skip-preview"));
    const container = await theContainer();
    expect(container.State.Health?.Status).toBe("healthy");
    return container;
  };

  test("is seen by a refresh, and repaired by the next up", async () => {
    const { Id } = await theContainer();
    await docker.getContainer(Id).stop({ t: 0 });
    expect((await project.pulumi("refresh", "--yes", "--skip-preview", "--diff")).output).toContain(
      "mustRun",
    );
    succeeded(await up());
    const container = await theContainer();
    expect([container.Id, container.State.Health?.Status]).toEqual([Id, "healthy"]);
  });

  test("a removed container is made anew", async () => {
    const { Id } = await theContainer();
    await docker.getContainer(Id).remove({ force: true, v: true });
    expect((await repaired()).Id).not.toBe(Id);
  });

  test("another network, or none, replaces the container", async () => {
    const { Id, NetworkSettings } = await theContainer();
    const [network = ""] = Object.keys(NetworkSettings.Networks);
    await docker.getNetwork(network).disconnect({ Container: Id });
    const container = await repaired();
    expect(container.Id).not.toBe(Id);
    expect(Object.keys(container.NetworkSettings.Networks)).toEqual([network]);
  });

  test("another memory limit is set back in the living container", async () => {
    const { Id } = await theContainer();
    await docker.getContainer(Id).update({ Memory: 100 * 1024 * 1024, MemorySwap: 200 * 1024 * 1024 });
    const container = await repaired();
    expect([container.Id, container.HostConfig.Memory]).toEqual([Id, 32 * 1024 * 1024]);
  });
});

describe("a container that does not get ready", () => {
  const never = { command: ["sh", "-c", "echo line one; echo cannot bind; touch /written; exec sleep 1000"] };
  const impatient = {
    healthcheck: {
      tests: ["CMD-SHELL", "until test -f /written; do sleep 0.05; done; echo no answer; false"],
      interval: "100ms",
      timeout: "5s",
      retries: 1,
    },
  };

  test("fails as soon as it is unhealthy, with its probe's words and its last lines", async () => {
    const { code, output } = await up({
      cache: { ...never, ...impatient },
    });
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /container cache-[0-9a-f]{7}: unhealthy \(its probe ended with 1: no answer\); its last lines:\s+line one\s+cannot bind/,
    );
    expect(await containerIds()).toHaveLength(1);
  });

  test("stays unready in a refresh", async () => {
    const { code, output } = await project.pulumi("refresh", "--yes", "--skip-preview");
    expect(output).toContain("unhealthy");
    expect(code).toBe(0);
  });

  test("is replaced by the next up, though the program has not changed", async () => {
    const [before] = await containerIds();
    expect((await up({ cache: { ...never, ...impatient } })).code).not.toBe(0);
    const [after] = await containerIds();
    expect(after).not.toBe(before);
  });

  test("fails at its end, when it ends first", async () => {
    const { output } = await up({ cache: { command: ["sh", "-c", "echo bad option; exit 3"] } });
    expect(output).toMatch(/it ended with exit code 3; its last lines:\s+bad option/);
  });

  test("fails at its timeout, when it stays undecided", async () => {
    const { output } = await up({ cache: { ...never, waitTimeout: 1 } });
    expect(output).toMatch(/not healthy within 1 s \(waitTimeout\)/);
  });

  test("is in the state when the user gives up waiting, and shows its last lines", async () => {
    say({ cache: { ...never, waitTimeout: 600 } });
    const before = await containerIds();
    const cli = project.start("up", "--yes", "--skip-preview");
    await until(async () => (await containerIds()).some((id) => !before.includes(id)));
    const { Id } = await theContainer();
    await until(async () => (await outputOf(Id)).includes("line one"));
    cli.kill("SIGINT");
    await once(cli, "exit");
    const { deployment } = JSON.parse((await project.pulumi("stack", "export")).output);
    const cache = deployment.resources.find(({ id }: { id?: string }) => id === Id);
    expect(cache?.initErrors?.join()).toMatch(/waiting was cancelled; its last lines:\s+line one/);
  });

  test("is repaired by a program that is right", async () => {
    succeeded(await up());
    expect((await theContainer()).State.Health?.Status).toBe("healthy");
  });
});

describe("bad input", () => {
  test("what is not implemented is refused by name, also deep inside", async () => {
    const healthcheck = { tests: ["CMD", "true"], foo: 1 };
    say({ cache: { gpus: "all", healthcheck, networksAdvanced: [{ name: "x", gwPriority: 1 }] } });
    const { code, output } = await project.pulumi("preview");
    expect(code).not.toBe(0);
    for (const path of ["gpus", "healthcheck.foo", "networksAdvanced[0].gwPriority"]) {
      expect(output).toMatch(
        new RegExp(`${path.replaceAll(/[[\].]/g, "\\$&")} is (not implemented|no property)`),
      );
    }
  });

  test("a container that cannot be started leaves nothing behind", async () => {
    const before = await containerIds();
    const { code, output } = await up({ job: { image, command: ["/no/such/program"], mustRun: false } });
    expect(code).not.toBe(0);
    expect(output).toMatch(/container job-[0-9a-f]{7}: .*\/no\/such\/program/);
    expect(await containerIds()).toEqual(before);
  });

  test("an image that cannot be had is named", async () => {
    const { code, output } = await up({ job: { image: "nestbox.invalid/nothing:1" } });
    expect(code).not.toBe(0);
    expect(output).toContain("cannot pull nestbox.invalid/nothing:1");
  });
});

test("a container that runs once shows its output and exit code", async () => {
  const command = ["sh", "-c", "echo to out; echo to err >&2; exit 7"];
  succeeded(await up({ job: { image, command, attach: true, logs: true, mustRun: false } }));
  const { jobExitCode, jobLogs } = await outputs();
  expect(jobExitCode).toBe(7);
  expect(jobLogs.split("\n").sort()).toEqual(["", "to err", "to out"]);
  succeeded(await project.pulumi("refresh", "--expect-no-changes", "--yes", "--skip-preview"));
});

test("a container with nearly every input is left alone by a refresh", async () => {
  const job = {
    image,
    attach: false,
    capabilities: { adds: ["NET_ADMIN"], drops: ["CAP_MKNOD"] },
    command: ["exec sleep 1000"],
    cpuShares: 512,
    cpus: "0.5",
    destroyGraceSeconds: 1,
    devices: [
      { hostPath: "/dev/null" },
      { hostPath: "/dev/zero", containerPath: "/dev/naught", permissions: "r" },
    ],
    dns: ["10.0.0.2"],
    dnsOpts: ["ndots:1"],
    dnsSearches: ["lan"],
    domainname: "lan",
    entrypoints: ["/bin/sh", "-c"],
    envs: ["A=1", 'Q="quotes" \' $HOME $$ grün\nline two'],
    groupAdds: ["100"],
    healthcheck: { tests: ["NONE"] },
    hostname: "job",
    hosts: [{ host: "db", ip: "10.0.0.3" }],
    init: true,
    ipcMode: "shareable",
    logDriver: "json-file",
    logOpts: { "max-size": "1m" },
    maxRetryCount: 2,
    memory: 32,
    memoryReservation: 16,
    memorySwap: 48,
    mounts: [
      {
        type: "bind",
        target: "/a",
        source: "/etc",
        readOnly: true,
        bindOptions: { propagation: "rprivate" },
      },
      {
        type: "volume",
        target: "/b",
        volumeOptions: { noCopy: true, labels: [{ label: "nestbox.test", value: label }] },
      },
      { type: "tmpfs", target: "/c", tmpfsOptions: { mode: 0o1777, sizeBytes: 65_536 } },
    ],
    mustRun: true,
    networkMode: "bridge",
    platform: "linux",
    ports: [
      { internal: 53, protocol: "udp" },
      { internal: 80, ip: "127.0.0.1" },
      { internal: 80, ip: "127.0.0.2" },
    ],
    readOnly: true,
    restart: "on-failure",
    runtime: "runc",
    securityOpts: ["no-new-privileges"],
    shmSize: 32,
    stdinOpen: true,
    stopSignal: "SIGINT",
    stopTimeout: 5,
    sysctls: { "net.ipv4.ip_unprivileged_port_start": "0" },
    tmpfs: { "/run": "size=64k" },
    tty: true,
    ulimits: [{ name: "nofile", soft: 64, hard: 128 }],
    user: "1000:1000",
    volumes: [{ containerPath: "/anonymous" }, { containerPath: "/bound", hostPath: "/etc", readOnly: true }],
    workingDir: "/tmp",
  };
  succeeded(await up({ job }));
  succeeded(await project.pulumi("refresh", "--expect-no-changes", "--yes", "--skip-preview"));
  const ids = await containerIds();
  const containers = await Promise.all(ids.map((id) => docker.getContainer(id).inspect()));
  expect(containers.flatMap(({ Config }) => Config.Env)).toEqual(expect.arrayContaining(job.envs));
});

test("a network that others use is not destroyed, and they are named", async () => {
  const [network] = await docker.listNetworks(ours);
  const foreign = await docker.createContainer({
    Image: image,
    Cmd: ["sleep", "1000"],
    Labels: { "nestbox.test": label },
    HostConfig: { NetworkMode: network?.Id ?? "" },
    name: `foreign-${label}`,
  });
  await foreign.start();
  const { code, output } = await project.pulumi("destroy", "--yes", "--skip-preview");
  await foreign.remove({ force: true, v: true });
  expect(code).not.toBe(0);
  expect(output).toContain(`is still used by foreign-${label}`);
});

test("destroy leaves nothing", async () => {
  succeeded(await project.pulumi("destroy", "--yes", "--skip-preview"));
  expect(await containerIds()).toEqual([]);
  expect(await docker.listNetworks(ours)).toEqual([]);
  expect((await docker.listVolumes(ours)).Volumes ?? []).toEqual([]);
});

async function outputOf(container: string): Promise<string> {
  const output = await docker.getContainer(container).logs({ stdout: true, stderr: true });
  return output.toString("utf8");
}

/** Waits for something that has no event; the test's own limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(20);
}

async function fileIn(container: string, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await docker.getContainer(container).getArchive({ path }))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
