import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { STAND_INS } from "../../airgap/images/stand-ins.ts";
import { certificateBundle } from "../../src/machine/certificate-bundle.ts";
import { loadAirgap } from "../../src/setup/airgap.ts";
import { hubName } from "../../src/setup/provide-images.ts";
import { type DockerCommand, dockerWith } from "./docker-command.ts";

// The behaviour that users of these images rely on: of the originals and of their stand-ins.

const REPOSITORY = join(__dirname, "../..");

/** Without the images that take minutes to compile: the tests of runners use those. */
const NAMES = STAND_INS.filter(({ programs, onRequest }) => programs === undefined && !onRequest).map(
  ({ name }) => name,
);

let docker: DockerCommand;

beforeAll(async () => {
  docker = await dockerWith(NAMES);
}, 600_000);

afterAll(() => docker?.removeAll());

test("redis serves other containers without a password, and accepts options alone", async () => {
  const network = await docker.run(
    "network",
    "create",
    "--label",
    docker.label,
    `redis-${docker.label.slice(-8)}`,
  );
  await docker.start("--network", network, "--network-alias", "plain", "redis:7-alpine");
  await docker.start(
    "--network",
    network,
    "--network-alias",
    "locked",
    "redis:7-alpine",
    "--requirepass",
    "geheim",
  );
  const client = ["run", "--rm", "--network", network, "redis:7-alpine", "redis-cli", "-e"];
  expect(await docker.until(...client, "-h", "plain", "PING")).toBe("PONG");
  expect(await docker.until(...client, "-h", "locked", "-a", "geheim", "--no-auth-warning", "PING")).toBe(
    "PONG",
  );
  await expect(docker.run(...client, "-h", "locked", "PING")).rejects.toThrow("NOAUTH");
});

test("redis does not run as root", async () => {
  const redis = await docker.start("redis:7-alpine");
  await docker.until("exec", redis, "redis-cli", "-e", "PING");
  const status = await docker.run("exec", redis, "cat", "/proc/1/status");
  expect(status).toMatch(/^Name:\s+redis-server$/m);
  expect(status).not.toMatch(/^Uid:\s+0\s/m);
});

test("redis accepts a configuration file", async () => {
  const script = "echo 'port 7000' >/data/own.conf && exec docker-entrypoint.sh /data/own.conf";
  const redis = await docker.start("--entrypoint", "sh", "redis:7-alpine", "-c", script);
  expect(await docker.until("exec", redis, "redis-cli", "-e", "-p", "7000", "PING")).toBe("PONG");
  expect(await docker.run("run", "--rm", "redis:7-alpine", "redis-server", "--version")).toMatch(
    /^Redis server v=/,
  );
});

test("valkey serves", async () => {
  const valkey = await docker.start("valkey/valkey:8-alpine");
  expect(await docker.until("exec", valkey, "valkey-cli", "-e", "PING")).toBe("PONG");
});

test("postgres creates its database on the first start, runs scripts, and then listens on TCP", async () => {
  const password = 'it\'s "geheim" $1';
  const script = `mkdir -p /docker-entrypoint-initdb.d
    echo 'create table things as select 7 as number' >/docker-entrypoint-initdb.d/things.sql
    exec docker-entrypoint.sh postgres -c max_connections=7`;
  const environment = ["POSTGRES_USER=app", "POSTGRES_DB=store", `POSTGRES_PASSWORD=${password}`];
  const settings = environment.flatMap((setting) => ["--env", setting]);
  const postgres = await docker.start(...settings, "--entrypoint", "sh", "postgres:17-alpine", "-c", script);
  const address = `--network=container:${postgres}`;
  const client = ["run", "--rm", address, "--env", `PGPASSWORD=${password}`, "postgres:17-alpine", "psql"];
  const query = [...client, "-h", "127.0.0.1", "-U", "app", "-Atc"];
  await docker.until("exec", postgres, "pg_isready", "-q", "-h", "127.0.0.1");
  expect(await docker.run(...query, "select number from things", "store")).toBe("7");
  expect(await docker.run(...query, "show max_connections", "store")).toBe("7");
});

test("postgres without a password names the remedy, and accepts a password from a file", async () => {
  await expect(docker.run("run", "--rm", "postgres:17-alpine")).rejects.toThrow("POSTGRES_PASSWORD");
  const script = "echo geheim >/tmp/word && exec docker-entrypoint.sh postgres";
  const file = ["--env", "POSTGRES_PASSWORD_FILE=/tmp/word"];
  const postgres = await docker.start(...file, "--entrypoint", "sh", "postgres:17-alpine", "-c", script);
  const login = [
    "--env",
    "PGPASSWORD=geheim",
    postgres,
    "psql",
    "-h",
    "localhost",
    "-U",
    "postgres",
    "-Atc",
    "select 1",
  ];
  expect(await docker.until("exec", ...login)).toBe("1");
});

test("python installs packages from PyPI as root, with this machine's certificates", async () => {
  const bundle = certificateBundle(process.env);
  const certificates =
    bundle === undefined ? [] : ["--volume", `${bundle}:/bundle.pem:ro`, "--env", "PIP_CERT=/bundle.pem"];
  const script = 'pip install -q redis==5.0.1 && python -c "import redis; print(redis.__version__)"';
  expect(await docker.run("run", "--rm", ...certificates, "python:3.10", "bash", "-c", script)).toBe("5.0.1");
});

test("docker:dind without certificates serves on 2375, also a docker:cli without configuration", async () => {
  const network = await docker.run(
    "network",
    "create",
    "--label",
    docker.label,
    `dind-${docker.label.slice(-8)}`,
  );
  const daemon = ["--privileged", "--env", "DOCKER_TLS_CERTDIR=", "docker:dind", "--tls=false"];
  await docker.start("--network", network, "--network-alias", "docker", ...daemon);
  const client = ["run", "--rm", "--network", network, "--env", "DOCKER_TLS_CERTDIR=", "docker:25.0.0-cli"];
  await docker.until(...client, "version");
  expect(await docker.run(...client, "info", "--format", "{{.Driver}}")).toBe("overlay2");
  expect(await docker.run(...client, "sh", "-c", "echo $DOCKER_HOST")).toBe("tcp://docker:2375");
  expect(await docker.run(...client, "docker", "compose", "version", "--short")).toMatch(/^v?2\./);
});

test("docker:dind by default serves on 2376, only clients with its certificates", async () => {
  const id = docker.label.slice(-8);
  const network = await docker.run("network", "create", "--label", docker.label, `tls-${id}`);
  await docker.run("volume", "create", "--label", docker.label, `certificates-${id}`);
  const share = ["--network", network, "--volume", `certificates-${id}:/certs/client`];
  const names = [
    "--network-alias",
    "docker",
    "--network-alias",
    "other",
    "--env",
    "DOCKER_TLS_SAN=DNS:other",
  ];
  await docker.start("--privileged", ...share, ...names, "docker:dind");
  const client = ["run", "--rm", ...share, "docker:25.0.0-cli"];
  await docker.until(...client, "version");
  expect(await docker.run(...client, "--host", "tcp://other:2376", "info", "--format", "{{.OSType}}")).toBe(
    "linux",
  );
  const withoutCertificates = [
    "run",
    "--rm",
    "--network",
    network,
    "docker:25.0.0-cli",
    "--host",
    "tcp://docker:2376",
  ];
  await expect(docker.run(...withoutCertificates, "--tls", "info")).rejects.toThrow(/certificate|tls/i);
});

test("registry serves its API", async () => {
  const registry = await docker.start("registry:3");
  expect(await docker.until("exec", registry, "wget", "-q", "-O", "-", "http://127.0.0.1:5000/v2/")).toBe(
    "{}",
  );
});

test("alpine has a shell and the usual commands", async () => {
  const script = "uname && echo words | grep -c words && command -v wget && command -v nc";
  expect(await docker.run("run", "--rm", "alpine:3.19", "sh", "-c", script)).toMatch(
    /^Linux\n1\n.*wget\n.*nc$/,
  );
});

test("gitlab-ci-local's own images have rsync and wait for a port", async () => {
  const util = "firecow/gitlab-ci-local-util:latest";
  expect(await docker.run("run", "--rm", util, "rsync", "--version")).toMatch(/^rsync/);
  const redis = await docker.start("redis:7-alpine");
  const wait = ["run", "--rm", `--network=container:${redis}`, "sumina46/wait-for-it:latest"];
  await docker.run(...wait, "127.0.0.1:6379", "-t", "30");
  await expect(docker.run(...wait, "127.0.0.1:1", "-t", "1")).rejects.toThrow();
});

test("stand-ins are labelled as such, and originals are not", async () => {
  const labels = await docker.run(
    "inspect",
    "--format",
    '{{index .Config.Labels "nestbox.stand-in"}}',
    ...NAMES,
  );
  const isStandIn = docker.mirror !== undefined;
  expect(labels.split("\n")).toEqual(
    NAMES.map((name) => (isStandIn ? expect.stringContaining(name) : expect.stringMatching(/^$/))),
  );
});

test("a nested engine pulls by the public name, through a mirror if there is one", async () => {
  const mirror = docker.mirror === undefined ? [] : [`--registry-mirror=${docker.mirror}`];
  const environment = ["--privileged", "--env", "DOCKER_TLS_CERTDIR="];
  const daemon = await docker.start(...environment, "docker:dind", "--tls=false", ...mirror);
  await docker.until("exec", daemon, "docker", "info");
  const nested = [
    "exec",
    daemon,
    "docker",
    "run",
    "--rm",
    "--pull=always",
    "redis:7-alpine",
    "redis-cli",
    "--version",
  ];
  expect(await docker.run(...nested)).toMatch(/^redis-cli/);
});

test("the only mirror is that of nestbox's own engine, with every layer of every stand-in", async () => {
  const { mirror } = docker;
  const airgap = loadAirgap(REPOSITORY, process.env);
  expect(mirror).toBe(airgap?.runningEngine(airgap.dependencies)?.mirror);
  const missing: string[] = [];
  // A mirror answers for Docker Hub alone.
  const mirrored = NAMES.flatMap((name) => hubName(name) ?? []);
  for (const name of mirror === undefined ? [] : mirrored) {
    const [, path, tag] = /^(.*):(.*)$/.exec(name) ?? [];
    const repository = `${mirror}/v2/${path}`;
    const accept = "application/vnd.oci.image.manifest.v1+json";
    const answer = await fetch(`${repository}/manifests/${tag}`, { headers: { accept } });
    const manifest = (await answer.json()) as Manifest;
    for (const { digest, size } of [manifest.config, ...manifest.layers]) {
      const blob = await fetch(`${repository}/blobs/${digest}`, { method: "HEAD" });
      if (Number(blob.headers.get("content-length")) !== size) missing.push(`${name} ${digest}`);
    }
  }
  expect(missing).toEqual([]);
});

interface Manifest {
  readonly config: Blob;
  readonly layers: readonly Blob[];
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}
