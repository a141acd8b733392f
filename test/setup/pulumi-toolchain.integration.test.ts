import { readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { GITLAB_PROVIDER_VERSION } from "../../src/pulumi/gitlab/provider-version.ts";
import { findToolchain, GITLAB_PROVIDER, PulumiMissing } from "../../src/setup/pulumi-toolchain.ts";
import { Machine, WANTED } from "./pulumi-doubles.ts";

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
});

afterEach(() => machine.remove());

const DOCKER = `resource-docker-v${WANTED.docker}`;

/** The packages that the double of Go has compiled, a line for each build. */
const compiled = () =>
  machine.asked("go").map((words) => words.split(" ").filter((word) => /^\.\/|\/cmd\/pulumi$/.test(word)));
const CLI_PACKAGES = ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "./pulumi-language-nodejs"];
const GITLAB_STAND_IN = join(__dirname, "../../airgap/gitlab-provider/bin");
const ourPlugin = () => join(machine.home, "plugins", DOCKER, "pulumi-resource-docker");

describe("existing parts are used", () => {
  test("CLI, provider and language host on PATH", async () => {
    const command = machine.hasCli("3.250.0");
    const provider = machine.hasProvider("docker", WANTED.docker);
    const host = machine.hasLanguageHost();
    expect(await machine.toolchain()).toEqual({
      pulumi: { command, version: "3.250.0", kind: "path" },
      plugins: [
        { title: "Docker provider", version: WANTED.docker, kind: "path", command: provider },
        { title: "Node language host", kind: "path", command: host },
      ],
      passedOver: [],
      home: machine.home,
      folders: [],
    });
    expect(machine.asked("pulumi")).toEqual(["version"]);
  });

  test("provider and language host on PATH with a compiled CLI", async () => {
    machine.hasGo();
    machine.hasProvider("docker", WANTED.docker);
    machine.hasLanguageHost();
    const { pulumi, plugins } = await machine.toolchain();
    expect(pulumi).toMatchObject({ kind: "compiled", version: WANTED.compiledCli });
    expect(plugins).toMatchObject([{ kind: "path" }, { kind: "path" }]);
    expect(compiled()).toEqual([CLI_PACKAGES]);
  });

  test("provider and language host in the user's plugin folder with a compiled CLI", async () => {
    machine.hasGo();
    const provider = machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    const host = machine.hasPlugin("language-nodejs-v3.250.0", "pulumi-language-nodejs");
    const { plugins, folders } = await machine.toolchain();
    expect(plugins).toMatchObject([{ kind: "installed" }, { kind: "installed" }]);
    expect(plugins.map(({ command }) => readlinkSync(command))).toEqual([provider, host]);
    expect(plugins.map(({ command }) => command.startsWith(machine.home))).toEqual([true, true]);
    expect(folders).toEqual([]);
    expect(compiled()).toEqual([CLI_PACKAGES]);
    expect((await machine.toolchain()).plugins).toEqual(plugins);
  });

  test("a plugin with an incomplete download is ignored", async () => {
    machine.hasGo();
    machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    machine.write(`user-home/plugins/${DOCKER}.partial`, "");
    expect((await machine.toolchain()).plugins).toMatchObject([{ kind: "compiled" }, { kind: "stand-in" }]);
  });

  test("an earlier download of the CLI, of the version of @pulumi/pulumi alone", async () => {
    machine.hasGo();
    machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    machine.hasCli("3.200.0", "cache/pulumi/v3.200.0-download/bin/pulumi");
    expect((await machine.toolchain()).pulumi.kind).toBe("compiled");
    const command = machine.hasCli(WANTED.cli, `cache/pulumi/v${WANTED.cli}-download/bin/pulumi`);
    const host = machine.hasLanguageHost(`cache/pulumi/v${WANTED.cli}-download/bin`);
    const { pulumi, plugins } = await machine.toolchain();
    expect(pulumi).toEqual({ command, version: WANTED.cli, kind: "download" });
    expect(plugins[1]).toEqual({ title: "Node language host", kind: "installed", command: host });
  });
});

describe("parts of another version are reported and passed over", () => {
  test("a provider on PATH: the folder of the required version comes before it", async () => {
    machine.hasGo();
    machine.hasCli("3.250.0");
    const other = machine.hasProvider("docker", "4.9.0");
    const { plugins, passedOver, folders } = await machine.toolchain();
    expect(passedOver).toEqual([{ command: other, version: "4.9.0", wanted: WANTED.docker }]);
    expect(plugins[0]).toMatchObject({ version: WANTED.docker, kind: "compiled" });
    expect(folders).toContain(dirname(plugins[0]?.command ?? ""));
    // The same with the required version in a plugin folder.
    machine.hasPlugin(DOCKER, "pulumi-resource-docker", "cache/pulumi-home");
    const installed = await machine.toolchain();
    expect(installed.plugins[0]).toMatchObject({ kind: "installed", command: ourPlugin() });
    expect(installed.folders).toContain(join(machine.home, "plugins", DOCKER));
    // It is reported every time.
    expect((await machine.toolchain()).passedOver).toEqual(passedOver);
  });

  test("a provider that ends without an answer", async () => {
    machine.hasGo();
    machine.hasCli("3.250.0");
    const other = machine.write("bin/pulumi-resource-docker", "#!/bin/sh\nexit 3\n");
    expect((await machine.toolchain()).passedOver).toEqual([
      { command: other, version: "unknown", wanted: WANTED.docker },
    ]);
  });

  test("a CLI that is too old", async () => {
    machine.hasGo();
    const old = machine.hasCli("3.199.0");
    const { pulumi, passedOver } = await machine.toolchain();
    expect(passedOver).toEqual([{ command: old, version: "3.199.0", wanted: "3.200.0 or newer" }]);
    expect(pulumi.kind).toBe("compiled");
  });
});

describe("a missing part", () => {
  test("is downloaded by the CLI", async () => {
    machine.hasGo();
    machine.hasCli("3.250.0", "bin/pulumi", ["docker"]);
    machine.hasLanguageHost();
    const { plugins } = await machine.toolchain();
    expect(plugins[0]).toMatchObject({ kind: "installed", version: WANTED.docker, command: ourPlugin() });
    expect(machine.asked("pulumi")).toContain(`plugin install resource docker ${WANTED.docker}`);
    expect(compiled()).toEqual([]);
  });

  test("is compiled if the download fails, which is not repeated that day", async () => {
    machine.hasGo();
    machine.hasCli("3.250.0");
    machine.hasLanguageHost();
    expect((await machine.toolchain()).plugins[0]).toMatchObject({ kind: "compiled" });
    expect(compiled()).toEqual([["./pulumi-resource-docker"]]);
    machine.changeSources("changed");
    await machine.toolchain();
    expect(machine.asked("pulumi").filter((words) => words.startsWith("plugin"))).toHaveLength(1);
  });

  test("is compiled in one build, once", async () => {
    machine.hasGo();
    const { pulumi, plugins, folders } = await machine.toolchain();
    expect(pulumi).toMatchObject({ kind: "compiled", version: WANTED.compiledCli });
    expect(plugins).toMatchObject([{ kind: "compiled" }, { kind: "stand-in" }]);
    expect(plugins[1]?.command).toBe(join(dirname(pulumi.command), "pulumi-language-nodejs"));
    expect(folders).toContain(dirname(pulumi.command));
    expect(compiled()).toEqual([[...CLI_PACKAGES, "./pulumi-resource-docker"]]);
    const variables = machine.asked("go")[0];
    expect(variables).toContain(`/version.Version=v${WANTED.compiledCli} `);
    expect(variables).toContain(`-X main.version=${WANTED.docker} `);
    await machine.toolchain();
    expect(compiled()).toHaveLength(1);
  });

  test("of a CLI on PATH, its language host, is compiled alone", async () => {
    machine.hasGo();
    machine.hasCli("3.250.0");
    machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    const { plugins, folders } = await machine.toolchain();
    expect(plugins[1]).toMatchObject({ title: "Node language host", kind: "stand-in" });
    expect(folders).toContain(dirname(plugins[1]?.command ?? ""));
    expect(compiled()).toEqual([["./pulumi-language-nodejs"]]);
    await machine.toolchain();
    expect(compiled()).toHaveLength(1);
  });

  test("is compiled again from other sources, beside the former program of another checkout", async () => {
    machine.hasGo();
    const former = await machine.toolchain();
    machine.changeSources("changed");
    expect((await machine.toolchain()).plugins[0]?.command).not.toBe(former.plugins[0]?.command);
    expect(compiled()).toHaveLength(2);
    machine.changeSources("");
    expect(await machine.toolchain()).toEqual(former);
    expect(compiled()).toHaveLength(2);
  });

  test("that cannot be compiled either is an error with the remedy", async () => {
    await expect(machine.toolchain()).rejects.toThrow(PulumiMissing);
    await expect(machine.toolchain()).rejects.toThrow(
      "Pulumi CLI and Docker provider: not installed, and cannot be downloaded or compiled here: " +
        "Go is not installed (https://go.dev/doc/install).\n  Or install the Pulumi CLI",
    );
  });

  test("is compiled once by concurrent set-ups", async () => {
    machine.hasGo();
    const [one, other] = await Promise.all([machine.toolchain(), machine.toolchain()]);
    expect(one).toEqual(other);
    expect(compiled()).toHaveLength(1);
  });
});

describe("the Kubernetes provider", () => {
  const KUBERNETES = `resource-kubernetes-v${WANTED.kubernetes}`;
  const onCluster = () => machine.toolchain(["kubernetes"]);

  test("is compiled from a module of its own, beside the CLI", async () => {
    machine.hasGo();
    const { plugins, folders } = await onCluster();
    expect(plugins[0]).toMatchObject({ kind: "compiled", version: WANTED.kubernetes });
    expect(folders).toContain(dirname(plugins[0]?.command ?? ""));
    expect(compiled()).toEqual([CLI_PACKAGES, ["./pulumi-resource-kubernetes"]]);
    expect(machine.asked("go")[1]).toContain(`/version.Version=${WANTED.kubernetes} `);
  });

  test("is neither compiled nor downloaded for a stack of another target", async () => {
    machine.hasGo();
    machine.hasCli("3.250.0", "bin/pulumi", ["docker", "kubernetes"]);
    machine.hasLanguageHost();
    const { plugins } = await machine.toolchain();
    expect(plugins.map(({ title }) => title)).toEqual(["Docker provider", "Node language host"]);
    expect(machine.asked("pulumi").filter((words) => words.includes("kubernetes"))).toEqual([]);
    expect(compiled()).toEqual([]);
  });

  test("that is compiled stays on PATH, for a stack whose target has changed", async () => {
    machine.hasGo();
    const { plugins } = await onCluster();
    expect((await machine.toolchain()).folders).toContain(dirname(plugins[0]?.command ?? ""));
  });

  test("is downloaded by the CLI", async () => {
    machine.hasCli("3.250.0", "bin/pulumi", ["kubernetes"]);
    machine.hasLanguageHost();
    expect((await onCluster()).plugins[0]).toMatchObject({ kind: "installed", version: WANTED.kubernetes });
    expect(machine.asked("pulumi")).toContain(`plugin install resource kubernetes ${WANTED.kubernetes}`);
  });

  test.each(["path", "installed"])("that exists is used, for example %s", async (kind) => {
    machine.hasCli("3.250.0");
    machine.hasLanguageHost();
    if (kind === "path") machine.hasProvider("kubernetes", WANTED.kubernetes);
    else machine.hasPlugin(KUBERNETES, "pulumi-resource-kubernetes");
    expect((await onCluster()).plugins).toMatchObject([{ kind }, { title: "Node language host" }]);
  });

  test("of a project without @pulumi/docker needs no Docker provider", async () => {
    rmSync(join(machine.project, "node_modules/@pulumi/docker"), { recursive: true });
    machine.hasCli("3.250.0");
    machine.hasLanguageHost();
    machine.hasProvider("kubernetes", WANTED.kubernetes);
    expect((await onCluster()).plugins).toHaveLength(2);
  });
});

describe("the GitLab provider", () => {
  const GITLAB = `resource-gitlab-v${GITLAB_PROVIDER}`;
  const gitlab = async () => (await machine.toolchain(["docker", "gitlab"])).plugins[2];

  test("has the same version in the set-up and the resources", () => {
    expect(GITLAB_PROVIDER).toBe(GITLAB_PROVIDER_VERSION);
  });

  test("is downloaded by itself, independent of the Docker provider", async () => {
    machine.hasCli("3.250.0");
    machine.hasLanguageHost();
    machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    const { plugins, folders } = await machine.toolchain(["docker", "gitlab"]);
    expect(plugins[2]).toMatchObject({ kind: "stand-in", version: GITLAB_PROVIDER });
    expect(folders).toContain(GITLAB_STAND_IN);
    expect(machine.asked("pulumi")).toContain(`plugin install resource gitlab ${GITLAB_PROVIDER}`);
  });

  test("that exists is used, independent of the Docker provider", async () => {
    machine.hasGo();
    machine.hasCli("3.250.0");
    machine.hasPlugin(GITLAB, "pulumi-resource-gitlab");
    expect(await gitlab()).toMatchObject({ kind: "installed" });
    expect(machine.asked("pulumi").filter((words) => words.includes("gitlab"))).toEqual([]);
    expect((await machine.toolchain(["docker", "gitlab"])).folders).not.toContain(GITLAB_STAND_IN);
  });

  test("of another version on PATH is passed over, also in favour of the stand-in", async () => {
    machine.hasCli("3.250.0");
    machine.hasLanguageHost();
    machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    const other = machine.hasProvider("gitlab", "9.0.0");
    const { plugins, passedOver, folders } = await machine.toolchain(["docker", "gitlab"]);
    expect(passedOver).toEqual([{ command: other, version: "9.0.0", wanted: GITLAB_PROVIDER }]);
    expect(plugins[2]).toMatchObject({ kind: "stand-in" });
    expect(folders).toContain(GITLAB_STAND_IN);
  });

  test("that can be downloaded needs no stand-in", async () => {
    machine.hasCli("3.250.0", "bin/pulumi", ["docker", "gitlab"]);
    machine.hasLanguageHost();
    expect(await gitlab()).toMatchObject({ kind: "installed" });
    expect((await machine.toolchain(["docker", "gitlab"])).folders).toEqual([]);
  });

  test("is not downloaded for a stack without runners", async () => {
    machine.hasCli("3.250.0");
    machine.hasLanguageHost();
    machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    const { plugins, folders } = await machine.toolchain();
    expect(plugins.map(({ title }) => title)).toEqual(["Docker provider", "Node language host"]);
    expect(folders).toEqual([]);
    expect(machine.asked("pulumi")).toEqual(["version"]);
  });

  test("has its stand-in on PATH if downloads are impossible, for the removal of a stack", async () => {
    machine.hasGo();
    const { pulumi, plugins, folders } = await machine.toolchain();
    expect(plugins).toHaveLength(2);
    expect(folders).toEqual([dirname(pulumi.command), GITLAB_STAND_IN]);
  });
});

describe("without nestbox-airgap", () => {
  const toolchain = (...others: readonly string[]) => machine.toolchain(["docker", ...others], false);

  test("existing parts are used", async () => {
    machine.hasCli("3.250.0");
    machine.hasProvider("docker", WANTED.docker);
    machine.hasLanguageHost();
    const { pulumi, plugins, folders } = await toolchain();
    expect([pulumi, ...plugins].map(({ kind }) => kind)).toEqual(["path", "path", "path"]);
    expect(folders).toEqual([]);
  });

  test("the language host beside the target of the CLI's link is used", async () => {
    machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    symlinkSync(machine.hasCli("3.250.0", "elsewhere/pulumi"), join(machine.bin, "pulumi"));
    const command = machine.hasLanguageHost("elsewhere");
    expect((await toolchain()).plugins[1]).toMatchObject({ kind: "installed", command });
  });

  test.each([
    [[], "Pulumi CLI and Docker provider: not installed, and cannot be downloaded here"],
    [["cli"], "Docker provider: not installed, and cannot be downloaded here"],
    [["cli", "provider"], "Node language host: not installed; put Pulumi's own beside the Pulumi CLI"],
  ])("with %j alone an error names the rest, and the package that compiles it", async (parts, message) => {
    machine.hasGo();
    if (parts.includes("cli")) machine.hasCli("3.250.0");
    if (parts.includes("provider")) machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    await expect(toolchain()).rejects.toThrow(PulumiMissing);
    await expect(toolchain()).rejects.toThrow(message);
    await expect(toolchain()).rejects.toThrow("nestbox-airgap");
  });

  test("a missing GitLab provider is an error for a stack with runners alone", async () => {
    machine.hasCli("3.250.0");
    machine.hasPlugin(DOCKER, "pulumi-resource-docker");
    machine.hasLanguageHost();
    expect((await toolchain()).plugins).toHaveLength(2);
    await expect(toolchain("gitlab")).rejects.toThrow(
      `GitLab provider: not installed; run pulumi plugin install resource gitlab ${GITLAB_PROVIDER}`,
    );
  });
});

test("a project without @pulumi/docker uses the version of this package", async () => {
  rmSync(join(machine.project, "node_modules"), { recursive: true });
  machine.hasCli("3.250.0");
  const manifest = join(__dirname, "../../node_modules/@pulumi/docker/package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  machine.hasProvider("docker", version);
  machine.hasLanguageHost();
  expect((await machine.toolchain()).plugins[0]).toMatchObject({ kind: "path", version });
});

test("finding the toolchain changes nothing", async () => {
  machine.hasGo();
  machine.hasProvider("docker", "4.9.0");
  const old = machine.hasCli("3.199.0");
  machine.hasPlugin(DOCKER, "pulumi-resource-docker");
  const before = readdirSync(machine.folder, { recursive: true }).sort();
  const { signal } = new AbortController();
  const airgap = machine.airgap();
  const { cache, project: projectFolder } = machine;
  const { env: environment } = process;
  const request = { airgap, cache, environment, projectFolder, signal, readOnly: true };
  const { cli, dockerProvider, languageHost } = await findToolchain(request);
  expect(cli).toEqual({ passedOver: expect.objectContaining({ command: old }) });
  expect(dockerProvider).toMatchObject({ program: { kind: "installed" }, passedOver: { version: "4.9.0" } });
  expect(languageHost).toEqual({});
  const after = readdirSync(machine.folder, { recursive: true }).sort();
  expect(after.filter((file) => file !== "asked-pulumi")).toEqual(before);
});
