import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../bench/connect.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import type { DockerHost } from "../../src/docker/host.ts";
import { type DockerJob, lowerJob } from "../../src/docker/lowering/job.ts";
import { engineTime } from "../../src/docker/owned-resources.ts";
import { type JobEnd, type JobRun, runJob } from "../../src/docker/run-job.ts";
import type { JobDefinition } from "../../src/model/declaration/job.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../src/model/labels.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { PROJECT_FOLDER } from "../../src/model/plan/predefined-variables.ts";
import type { Environment } from "../../src/model/text.ts";
import { placementOf } from "./lowering/placed.ts";

const OWNER = "run-job-test/dev";

let docker: Docker;
let network: Docker.Network;

beforeAll(async () => {
  docker = await connect();
  network = await docker.createNetwork({
    Name: "nestbox-run-job-test",
    Internal: true,
    Labels: { [LABEL.owner]: OWNER },
  });
});

afterAll(() => network.remove());

/** A job of a sandbox whose network is {@link network}, or another. */
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
    engine = engineHost(),
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
    projectFolder,
    stdout: stream,
    stderr: stream,
    signal,
    beforeRemoval,
    warn,
  });
  return { ...end, output };
}

async function leftovers(): Promise<readonly string[]> {
  const filters = { label: [`${LABEL.owner}=${OWNER}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  return [...containers.map(({ Id }) => Id), ...volumes.map(({ Name }) => Name)];
}

test("every job ends with its own exit code and all of its output, however quick", async () => {
  const codes = Array.from({ length: 12 }, (_, index) => index);
  const ends = await Promise.all(
    codes.map((code) => run(jobOf({ script: [`echo last line; exit ${code}`] }))),
  );
  expect(ends.map((end) => end.kind === "exited" && end.exitCode)).toEqual(codes);
  for (const { output } of ends) expect(output).toMatch(/\nlast line\n$/);
  expect(await leftovers()).toEqual([]);
});

/**
 * The volumes that a container of ours has used since: those too that carry no label, because an image has
 * made them. In seconds since 1970.
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

test("a job leaves no volume, also of an image that makes one, with and without files of the project", async () => {
  const before = (await engineTime(engineHost())) / 1000;
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
  // That of the files, and the image's own for the job and for what has filled the former.
  expect(new Set(used).size).toBe(3);
  const { Volumes: existing } = await docker.listVolumes();
  expect(existing.flatMap(({ Name }) => (used.includes(Name) ? [Name] : []))).toEqual([]);
  expect(await leftovers()).toEqual([]);
});

test("a job is still there when its end is told, and what is told then says nothing about it", async () => {
  const warned: string[] = [];
  const found: number[] = [];
  const end = await run(jobOf({ script: ["exit 3"] }), {
    beforeRemoval: async () => {
      found.push((await leftovers()).length);
      throw new Error("no answer");
    },
    warn: (message) => warned.push(message),
  });
  expect(end).toMatchObject({ kind: "exited", exitCode: 3 });
  expect(found).toEqual([1]);
  expect(warned).toEqual(["the stack's end was not renewed: no answer"]);
  expect(await leftovers()).toEqual([]);
});

test("what cannot be removed neither keeps the rest nor changes how the job has ended", async () => {
  const projectFolder = mkdtempSync(path.join(tmpdir(), "nestbox-run-job-"));
  const warned: string[] = [];
  const users: Docker.Container[] = [];
  try {
    mkdirSync(path.join(projectFolder, "files"));
    const end = await run(jobOf({ files: "files", script: ["exit 4"] }), {
      projectFolder,
      beforeRemoval: async () => {
        const [Source = ""] = (await leftovers()).filter((name) => name.endsWith("-files"));
        const Mounts = [{ Type: "volume" as const, Source, Target: "/files" }];
        users.push(await docker.createContainer({ Image: "alpine:3.19", HostConfig: { Mounts } }));
      },
      warn: (message) => warned.push(message),
    });
    expect(end).toMatchObject({ kind: "exited", exitCode: 4 });
    expect(warned).toEqual([
      expect.stringMatching(/^volume .*-files: not removed \(remove .*in use.*\); run nestbox gc --yes$/),
    ]);
    expect(await leftovers()).toHaveLength(1);
  } finally {
    rmSync(projectFolder, { recursive: true });
    for (const user of users) await user.remove();
    for (const name of await leftovers()) await docker.getVolume(name).remove();
  }
});

test("a job that is interrupted leaves nothing", async () => {
  const interrupted = new AbortController();
  const job = jobOf({ script: ["sleep 1000"] });
  const end = await run(job, { signal: interrupted.signal, onOutput: () => interrupted.abort() });
  expect(end.kind).toBe("interrupted");
  expect(await leftovers()).toEqual([]);
});

/** The machine's engine behind connections that end once it has begun to answer a certain request. */
async function engineThatVanishes(request: RegExp): Promise<{ readonly engine: DockerHost; close(): void }> {
  const sockets = new Set<Socket>();
  const vanish = () => {
    server.close();
    for (const socket of sockets) socket.end();
  };
  const server = createServer((near) => {
    const far = createConnection(decodeURIComponent(new URL(engineHost().host).pathname));
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

test("a job whose engine vanishes while it runs ends with the connection's error", async () => {
  const { engine, close } = await engineThatVanishes(/^POST \S+\/wait/);
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
    for (const id of await leftovers()) await docker.getContainer(id).remove({ force: true });
  }
});

test("a job that was interrupted before it started does not start", async () => {
  const end = await run(jobOf({ script: ["echo never"] }), { signal: AbortSignal.abort() });
  expect(end).toEqual({ kind: "interrupted", output: "" });
  expect(await leftovers()).toEqual([]);
});

test("a time limit of months is none that has passed", async () => {
  expect(await run(jobOf({ timeout: "60d", script: ["sleep 0.2"] }))).toMatchObject({ kind: "exited" });
});

test("a job whose network is gone fails and leaves nothing", async () => {
  const signal = new AbortController().signal;
  const { stdout, stderr } = process;
  const job = jobOf({ script: ["true"] })({ network: "no-such-network" });
  const ran = runJob({
    engine: engineHost(),
    job,
    secrets: {},
    projectFolder: "/nowhere",
    stdout,
    stderr,
    signal,
    warn: () => {},
  });
  await expect(ran).rejects.toThrow("no-such-network");
  expect(await leftovers()).toEqual([]);
});

test("a job hands on what it has written, whoever it runs as; a failed job and one that writes nothing do not", async () => {
  const write = 'id -u; echo "A=$((6 * 7))" > "$CI_PROJECT_DIR/out.env"';
  const variables = { CI_PROJECT_DIR: PROJECT_FOLDER };
  const job = (script: readonly string[]) => jobOf({ user: "1000", script, variablesFile: "out.env" });
  const end = await run(job([write]), { variables });
  expect(end).toMatchObject({ kind: "exited", exitCode: 0, variables: "A=42\n" });
  expect(end.output).toContain("\n1000\n");
  expect(await run(job(["true"]), { variables })).not.toHaveProperty("variables");
  expect(await leftovers()).toEqual([]);
});

test("variables reach the job over its own, and not its labels or command", async () => {
  const job = jobOf({ env: { A: "declared", B: "declared" }, script: ['echo "$A $B $C"'] });
  const found: string[] = [];
  const end = await run(job, {
    variables: { A: "given", C: "a-secret" },
    beforeRemoval: async () => {
      const [id = ""] = await leftovers();
      const { Config, Args, Path, Name } = await docker.getContainer(id).inspect();
      found.push(JSON.stringify([Config.Labels, Config.Cmd, Args, Path, Name]));
    },
  });
  expect(end.output).toMatch(/\ngiven declared a-secret\n$/);
  expect(found).toHaveLength(1);
  expect(found[0]).not.toContain("a-secret");
});

/** Makes a user namespace with a file system in it; in a namespace for networks too when it is told so. */
const MAKE_NAMESPACES = 'unshare --user --map-root-user --mount "$@" mount -t tmpfs none /tmp/mounted';

test("only a job that says so makes user namespaces, and none of networks even then", async () => {
  const script = [
    `mkdir -p /tmp/mounted; made() { (${MAKE_NAMESPACES}) >/dev/null 2>&1 && echo "$1 made" || echo "$1 refused"; }`,
    "made --ipc; made --net",
  ];
  const said = async (userNamespaces: boolean) => (await run(jobOf({ userNamespaces, script }))).output;
  expect(await said(false)).toMatch(/--ipc refused\n--net refused\n$/);
  expect(await said(true)).toMatch(/--ipc made\n--net refused\n$/);
});
