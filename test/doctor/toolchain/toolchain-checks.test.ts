import { expect, test } from "@jest/globals";
import { checkToolchain } from "../../../src/doctor/toolchain/toolchain-checks.ts";

const CLI = { command: "/cache/pulumi", version: "3.219.0", kind: "compiled" } as const;
const PROVIDER = {
  title: "Docker provider",
  version: "5.2.0",
  kind: "installed",
  command: "/cache/plugins/docker",
} as const;
const HOST = {
  title: "Node language host",
  kind: "path",
  command: "/usr/bin/pulumi-language-nodejs",
} as const;

test("a complete toolchain: version, origin and path", () => {
  const found = {
    cli: { program: CLI },
    dockerProvider: { program: PROVIDER },
    kubernetesProvider: {},
    languageHost: { program: HOST },
  };
  expect(checkToolchain(found)).toEqual([
    { id: "pulumi", state: "good", finding: "Pulumi CLI 3.219.0, compiled from Go modules: /cache/pulumi" },
    {
      id: "docker-provider",
      state: "good",
      finding: "Docker provider 5.2.0, installed: /cache/plugins/docker",
    },
    {
      id: "language-host",
      state: "good",
      finding: "Node language host, on PATH: /usr/bin/pulumi-language-nodejs",
    },
  ]);
});

test("a compiled CLI uses the stand-in language host", () => {
  const found = {
    cli: { program: CLI },
    dockerProvider: { program: PROVIDER },
    kubernetesProvider: {},
    languageHost: {},
  };
  expect(checkToolchain(found)[2]).toEqual({
    ...{ id: "language-host", state: "good" },
    finding: "Node language host, stand-in: compiled with the Pulumi CLI",
  });
});

test("the Kubernetes provider is reported where there is one", () => {
  const program = { ...PROVIDER, title: "Kubernetes provider", version: "4.25.0", command: "/cache/k" };
  const found = { cli: {}, dockerProvider: {}, kubernetesProvider: { program }, languageHost: {} };
  expect(checkToolchain(found)[2]).toEqual({
    ...{ id: "kubernetes-provider", state: "good" },
    finding: "Kubernetes provider 4.25.0, installed: /cache/k",
  });
});

test("missing programs are unknown, not problems: the next up installs them", () => {
  const checks = checkToolchain({ cli: {}, dockerProvider: {}, kubernetesProvider: {}, languageHost: {} });
  expect(checks.map(({ id, state }) => [id, state])).toEqual([
    ["pulumi", "unknown"],
    ["docker-provider", "unknown"],
    ["language-host", "unknown"],
  ]);
  expect(checks.map(({ finding }) => finding)).toEqual([
    "no Pulumi CLI yet: the next `nestbox up` downloads it, or compiles it with Go",
    "no Docker provider yet: the next `nestbox up` downloads it, or compiles it with Go",
    "no Node language host yet: the Pulumi CLI includes it, or a stand-in replaces it",
  ]);
});

test("an ignored program is a warning with its path", () => {
  const command = "/usr/bin/pulumi-resource-docker";
  const passedOver = { command, version: "4.9.0", wanted: "5.2.0" };
  const found = { cli: { program: CLI }, kubernetesProvider: {}, languageHost: { program: HOST } };
  expect(checkToolchain({ ...found, dockerProvider: { program: PROVIDER, passedOver } })[1]).toEqual({
    id: "docker-provider",
    state: "warning",
    finding: `Docker provider 5.2.0, installed: /cache/plugins/docker; ${command} is ignored: version 4.9.0`,
    remedy: "Install 5.2.0 there, or remove it from PATH: Pulumi without Nestbox uses any version on PATH.",
  });
  expect(checkToolchain({ ...found, dockerProvider: { passedOver } })[1]).toMatchObject({
    state: "warning",
    finding: expect.stringMatching(
      /^no Docker provider yet: .*; \/usr\/bin\/.* is ignored: version 4\.9\.0$/,
    ),
  });
});
