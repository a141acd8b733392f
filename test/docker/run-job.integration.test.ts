import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../bench/connect.ts";
import { engineTime } from "../../src/docker/engine-clock.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import type { DockerHost } from "../../src/docker/host.ts";
import { type DockerJob, lowerJob } from "../../src/docker/lowering/lower-job.ts";
import { type JobRun, runJob } from "../../src/docker/run-job.ts";
import type { JobDefinition } from "../../src/model/declaration/job.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../src/model/labels.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { PROJECT_FOLDER } from "../../src/model/plan/predefined-variables.ts";
import type { Environment } from "../../src/model/text.ts";
import type { JobEnd } from "../../src/sandbox/job-end.ts";
import { engineGate, engineProxy } from "../e2e/engine-gate.ts";
import { placementOf } from "./lowering/placed.ts";

const OWNER = `run-job-test/${randomBytes(3).toString("hex")}`;

/** Bytes of a file. */
const LARGE = 2 ** 31 + 7;

let docker: Docker;
let network: Docker.Network;

beforeAll(async () => {
  docker = await connect();
  network = await docker.createNetwork({
    Name: `nestbox-${OWNER.replace("/", "-")}`,
    Internal: true,
    Labels: { [LABEL.owner]: OWNER },
  });
});

afterAll(() => network.remove());

/** A job of a sandbox on {@link network}, or on another network. */
type JobOf = (run?: {
  readonly network?: string;
  readonly variables?: Readonly<Record<string, string>>;
}) => DockerJob;

function jobOf({
  image = "alpine:3.19",
  ...definition
}: Partial<Pick<JobDefinition, "image">> &
  Omit<JobDefinition, "image" | "env"> & { readonly env?: Environment }): JobOf {
  const planned = plan(sandbox("run-job-test", { services: {}, jobs: { job: { image, ...definition } } }));
  const [job] = planned.jobs;
  if (!job) throw new Error("no job");
  return ({ network: joined = network.id, variables = {} } = {}) => {
    const existing = { networks: { default: joined }, volumes: {} };
    const placement = placementOf(planned, { owner: OWNER, existing });
    return lowerJob(planned, job, placement, { id: randomBytes(3).toString("hex"), variables });
  };
}

async function run(
  job: JobOf,
  {
    signal = new AbortController().signal,
    onOutput = () => {},
    projectFolder = "/nowhere",
    engine = engineHost(process.env),
    beforeRemoval = async () => {},
    variables = {},
    warn = (message) => {
      throw new Error(message);
    },
  }: { onOutput?: () => void; variables?: Readonly<Record<string, string>> } & Partial<
    Pick<JobRun, "signal" | "projectFolder" | "engine" | "beforeRemoval" | "warn">
  > = {},
): Promise<JobEnd & { readonly output: string }> {
  let output = "";
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      output += chunk.toString("utf8");
      onOutput();
      done();
    },
  });
  const end = await runJob({
    engine,
    job: job({ variables }),
    secrets: {},
    environment: {},
    projectFolder,
    stdout: stream,
    stderr: stream,
    signal,
    beforeRemoval,
    warn,
  });
  return { ...end, output };
}

async function remaining(): Promise<readonly string[]> {
  const filters = { label: [`${LABEL.owner}=${OWNER}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  return [...containers.map(({ Id }) => Id), ...volumes.map(({ Name }) => Name)];
}

test("every job, however short, ends with its own exit code and all of its output", async () => {
  const codes = Array.from({ length: 12 }, (_, index) => index);
  const ends = await Promise.all(
    codes.map((code) => run(jobOf({ script: [`echo last line; exit ${code}`] }))),
  );
  expect(ends.map((end) => end.kind === "exited" && end.exitCode)).toEqual(codes);
  for (const { output } of ends) expect(output).toMatch(/\nlast line\n$/);
  expect(await remaining()).toEqual([]);
});

/**
 * The volumes that the test's containers used since a time, also those without a label, of an image.
 * @param since in seconds since 1970
 */
async function volumesUsed(since: number): Promise<readonly string[]> {
  const until = since + 3600;
  const read = async (filters: Record<string, string[]>) => {
    const asked = { since, until: Math.min(until, Date.now() / 1000), filters };
    const events = await text(await docker.getEvents(asked));
    return events
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line).Actor as { ID: string; Attributes: Record<string, string> });
  };
  const ours = await read({ type: ["container"], event: ["create"], label: [`${LABEL.owner}=${OWNER}`] });
  const mounts = await read({ type: ["volume"], event: ["mount"] });
  const ids = ours.map(({ ID }) => ID);
  return mounts.flatMap(({ ID, Attributes }) => (ids.includes(Attributes.container ?? "") ? [ID] : []));
}

test("a job leaves no volume, also of an image with a volume and with files of the project", async () => {
  const before = (await engineTime(engineHost(process.env))) / 1000;
  const job = jobOf({ image: "redis:7-alpine", files: "files", script: ["ls"] });
  const projectFolder = mkdtempSync(path.join(tmpdir(), "nestbox-run-job-"));
  try {
    mkdirSync(path.join(projectFolder, "files"));
    writeFileSync(path.join(projectFolder, "files", "note.txt"), "a note\n");
    expect(await run(job, { projectFolder })).toMatchObject({ kind: "exited", exitCode: 0 });
  } finally {
    rmSync(projectFolder, { recursive: true });
  }
  const used = await volumesUsed(before);
  // That of the image. The files are in the container itself.
  expect(new Set(used).size).toBe(1);
  const { Volumes: existing } = await docker.listVolumes();
  expect(existing.flatMap(({ Name }) => (used.includes(Name) ? [Name] : []))).toEqual([]);
  expect(await remaining()).toEqual([]);
});

test("beforeRemoval runs before the removal, and its failure does not change the result", async () => {
  const warned: string[] = [];
  const found: number[] = [];
  const end = await run(jobOf({ script: ["exit 3"] }), {
    beforeRemoval: async () => {
      found.push((await remaining()).length);
      throw new Error("no answer");
    },
    warn: (message) => warned.push(message),
  });
  expect(end).toMatchObject({ kind: "exited", exitCode: 3 });
  expect(found).toEqual([1]);
  expect(warned).toEqual(["the stack's end was not renewed: no answer"]);
  expect(await remaining()).toEqual([]);
});

test("a failed removal does not change the result", async () => {
  const warned: string[] = [];
  const message = "no plugin allows it";
  const proxy = await engineProxy(({ method }) =>
    method === "DELETE" ? { refusal: { status: 403, message } } : {},
  );
  try {
    const engine = { ...engineHost(process.env), host: proxy.environment.DOCKER_HOST };
    const end = await run(jobOf({ script: ["exit 4"] }), { engine, warn: (line) => warned.push(line) });
    expect(end).toMatchObject({ kind: "exited", exitCode: 4 });
    expect(warned).toEqual([
      expect.stringMatching(/^container .*: not removed \(no plugin allows it\); run nestbox gc --yes$/),
    ]);
    expect(await remaining()).toHaveLength(1);
  } finally {
    proxy.close();
    for (const id of await remaining()) await docker.getContainer(id).remove({ force: true });
  }
});

test("an interrupted job leaves nothing", async () => {
  const interrupted = new AbortController();
  const job = jobOf({ script: ["sleep 1000"] });
  const end = await run(job, { signal: interrupted.signal, onOutput: () => interrupted.abort() });
  expect(end.kind).toBe("interrupted");
  expect(await remaining()).toEqual([]);
});

/** A proxy of the engine that closes all connections once the answer to a certain request begins. */
async function vanishingEngine(request: RegExp): Promise<{ readonly engine: DockerHost; close(): void }> {
  const sockets = new Set<Socket>();
  const vanish = () => {
    server.close();
    for (const socket of sockets) socket.end();
  };
  const server = createServer((near) => {
    const far = createConnection(decodeURIComponent(new URL(engineHost(process.env).host).pathname));
    for (const socket of [near, far]) sockets.add(socket.on("error", () => undefined));
    let isAsked = false;
    near.on("data", (chunk) => {
      isAsked ||= request.test(String(chunk));
      far.write(chunk);
    });
    far.on("data", (chunk) => near.write(chunk, () => isAsked && vanish()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const engine = { host: `tcp://127.0.0.1:${port}`, origin: "test", isChosen: true };
  return { engine, close: vanish };
}

test("if the engine vanishes during a job, the run ends with the connection's error", async () => {
  const { engine, close } = await vanishingEngine(/^POST \S+\/wait/);
  try {
    const warnings: string[] = [];
    const warn = (message: string) => warnings.push(message);
    const ran = run(jobOf({ script: ["sleep 1000"] }), { engine, warn });
    await expect(ran).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(warnings).toEqual([
      expect.stringMatching(/^container \S+: not removed \(.*\); run nestbox gc --yes$/),
    ]);
  } finally {
    close();
    for (const id of await remaining()) await docker.getContainer(id).remove({ force: true });
  }
});

test("a job that is interrupted before its start does not start", async () => {
  const end = await run(jobOf({ script: ["echo never"] }), { signal: AbortSignal.abort() });
  expect(end).toEqual({ kind: "interrupted", output: "" });
  expect(await remaining()).toEqual([]);
});

test.each(["attach", "start"])(
  "an interruption ends a job while the engine does not answer the request to %s",
  async (request) => {
    const gate = await engineGate(({ path: asked }) => asked.includes(`/${request}`));
    try {
      const engine = { host: gate.environment.DOCKER_HOST, origin: "test", isChosen: true };
      const interrupted = new AbortController();
      const ran = run(jobOf({ script: ["sleep 1000"] }), { engine, signal: interrupted.signal });
      await gate.held;
      interrupted.abort();
      expect(await ran).toEqual({ kind: "interrupted", output: "" });
      expect(await remaining()).toEqual([]);
    } finally {
      gate.close();
    }
  },
);

test("a time limit of months does not end a job", async () => {
  expect(await run(jobOf({ timeout: "60d", script: ["sleep 0.2"] }))).toMatchObject({ kind: "exited" });
});

test("a job without its network fails and leaves nothing", async () => {
  const signal = new AbortController().signal;
  const { stdout, stderr } = process;
  const job = jobOf({ script: ["true"] })({ network: "no-such-network" });
  const ran = runJob({
    engine: engineHost(process.env),
    job,
    secrets: {},
    environment: {},
    projectFolder: "/nowhere",
    stdout,
    stderr,
    signal,
    warn: () => {},
  });
  await expect(ran).rejects.toThrow("no-such-network");
  expect(await remaining()).toEqual([]);
});

test("a job of any user hands on its variables; a job that writes none does not", async () => {
  const write = 'id -u; echo "A=$((6 * 7))" > "$CI_PROJECT_DIR/out.env"';
  const variables = { CI_PROJECT_DIR: PROJECT_FOLDER };
  const job = (script: readonly string[]) => jobOf({ user: "1000", script, variablesFile: "out.env" });
  const end = await run(job([write]), { variables });
  expect(end).toMatchObject({ kind: "exited", exitCode: 0, variables: "A=42\n" });
  expect(end.output).toContain("\n1000\n");
  expect(await run(job(["true"]), { variables })).not.toHaveProperty("variables");
  expect(await remaining()).toEqual([]);
});

test("variables override the job's own, and are not in its labels or command", async () => {
  const job = jobOf({ env: { A: "declared", B: "declared" }, script: ['echo "$A $B $C"'] });
  const found: string[] = [];
  const end = await run(job, {
    variables: { A: "given", C: "a-secret" },
    beforeRemoval: async () => {
      const [id = ""] = await remaining();
      const { Config, Args, Path, Name } = await docker.getContainer(id).inspect();
      found.push(JSON.stringify([Config.Labels, Config.Cmd, Args, Path, Name]));
    },
  });
  expect(end.output).toMatch(/\ngiven declared a-secret\n$/);
  expect(found).toHaveLength(1);
  expect(found[0]).not.toContain("a-secret");
});

/** Creates a user namespace with a file system, with `--net` in a network namespace. */
const MAKE_NAMESPACES = 'unshare --user --map-root-user --mount "$@" mount -t tmpfs none /tmp/mounted';

test("a file of more than 2 GiB reaches a container, and is never in memory as a whole", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-large-"));
  try {
    writeFileSync(path.join(folder, "large"), "");
    truncateSync(path.join(folder, "large"), LARGE);
    const before = process.resourceUsage().maxRSS;
    const job = jobOf({ script: ["stat -c %s /seed/large"] });
    const files = [{ target: "/seed/large", source: { path: "large" } }];
    const end = await run((request) => ({ ...job(request), files }), { projectFolder: folder });
    expect(end).toMatchObject({ exitCode: 0, output: expect.stringContaining(`\n${LARGE}\n`) });
    // Kibibytes: half of the file.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(2 ** 20);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("only a job with userNamespaces creates user namespaces, and never network namespaces", async () => {
  const script = [
    `mkdir -p /tmp/mounted; made() { (${MAKE_NAMESPACES}) >/dev/null 2>&1 && echo "$1 made" ` +
      '|| echo "$1 refused"; }',
    "made --ipc; made --net",
  ];
  const output = async (userNamespaces: boolean) => (await run(jobOf({ userNamespaces, script }))).output;
  expect(await output(false)).toMatch(/--ipc refused\n--net refused\n$/);
  expect(await output(true)).toMatch(/--ipc made\n--net refused\n$/);
});
