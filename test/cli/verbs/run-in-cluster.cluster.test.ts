import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Secret } from "kubernetes-types/core/v1.js";
import type { Cluster } from "../../../src/kubernetes/api/cluster.ts";
import { RIGHTS } from "../../../src/kubernetes/rights/rights.ts";
import { roleRules } from "../../../src/kubernetes/rights/role-manifest.ts";
import { LABEL } from "../../../src/model/labels.ts";
import type { UserProject } from "../../e2e/user-project.ts";
import { kubectlCommand } from "../../kubectl.ts";
import { testCluster } from "../../kubernetes/created-namespace.ts";
import { type LimitedAccount, limitedAccount } from "../../kubernetes/limited-account.ts";
import {
  CACHE,
  clusterWithoutEngine,
  leftOfRuns,
  projectWithoutStack,
  RUN,
  removeRuns,
} from "./runs-in-cluster.ts";

const PASSWORD = "xylophone-4711";

let project: UserProject;
let cluster: Cluster;
let account: LimitedAccount;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  cluster = testCluster();
  account = await limitedAccount();
  environment = { ...clusterWithoutEngine(), NESTBOX_SECRET_PASSWORD: PASSWORD };
  project = projectWithoutStack("run-in-cluster");
  project.write("notes/note.txt", "a note\n");
  project.write("app/greet", "#!/bin/sh\necho hello $1\n");
  project.declare(
    CACHE,
    `sandbox("apart", {
      networks: { front: {}, back: { internal: true } },
      volumes: ["data"],
      services: {
        hidden: redis({ networks: ["back"] }),
        migrate: {
          image: "redis:7-alpine",
          networks: ["front", "back"],
          volumes: { "/data": "data" },
          files: { "/etc/note.txt": { path: "notes/note.txt" } },
          command: ["sh", "-c", "redis-cli -h hidden set k v && cp /etc/note.txt /data/note.txt"],
          runsOnce: true,
          after: { hidden: "ready" },
        },
        open: {
          image: "redis:7-alpine",
          networks: ["front"],
          volumes: { "/data": "data" },
          after: { migrate: "completed" },
          probe: log("Ready to accept"),
          ports: [6379],
        },
      },
      jobs: {
        look: {
          image: "redis:7-alpine",
          networks: ["front"],
          volumes: { "/data": "data" },
          script: ["redis-cli -h open ping", "cat /data/note.txt", "! redis-cli -h hidden -t 1 ping"],
        },
      },
    })`,
    `sandbox("passes", {
      services: { redis: redis({ password: secret("password") }) },
      jobs: {
        ask: {
          image: "redis:7-alpine",
          env: ({ redis }) => ({ ...redis.variables }),
          files: "app",
          script: [
            'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -h "$REDIS_HOST" ping',
            'echo "GREETING=$(sh ./greet you)" > "$CI_PROJECT_DIR/result.env"',
          ],
          variablesFile: "result.env",
        },
        tell: { image: "alpine:3.19", script: ['echo "it said: $GREETING"'], needs: ["ask"] },
      },
    })`,
    `sandbox("broken", {
      services: {
        server: {
          image: "alpine:3.19",
          command: ["sh", "-c", "echo the last line; exit 3"],
          // Without a probe it could count as ready for the moment for which it runs.
          probe: log("is open"),
        },
        other: { image: "alpine:3.19", command: ["sleep", "1000"], probe: exec("false", { within: "10m" }) },
      },
      jobs: { never: { image: "alpine:3.19", script: ["true"] } },
    })`,
  );
});

afterAll(async () => {
  account.remove();
  await removeRuns(cluster, project);
});

const left = () => leftOfRuns(cluster, project);
const run = (...words: readonly string[]) => project.nestbox([...RUN, ...words], environment);
const start = (...words: readonly string[]) => project.start([...RUN, ...words], environment);

test("a job runs against a sandbox of its own, of which nothing stays", async () => {
  const { exitCode, stdout, stderr } = await run("cache", "ping");
  expect({ exitCode, stdout, stderr }).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("PONG"),
  });
  expect(await left()).toEqual([]);
});

test("the exit code is that of the failed job, after its cleanup", async () => {
  expect(await run("cache", "fail")).toMatchObject({
    exitCode: 7,
    stdout: expect.stringContaining("cleaned up\n"),
  });
  expect(await left()).toEqual([]);
});

test("after a failed job, a service that has ended is named with its last lines", async () => {
  const { exitCode, stderr } = await run("cache", "stops");
  expect(exitCode).toBe(7);
  expect(stderr).toMatch(/^! cache\.services\.redis: ended with exit code 0\n {2}its last output:/m);
  expect(stderr).toMatch(/^ {4}.*User requested shutdown/m);
});

test("networks are isolated; files, volumes, order and log probes work", async () => {
  const { exitCode, stdout, stderr } = await run("apart");
  expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
  expect(stdout).toMatch(/^PONG\n.*\na note\n/m);
});

test("secrets, files of the project and variables reach the jobs", async () => {
  const { exitCode, stdout, stderr } = await run("passes");
  expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
  expect(stdout).toContain("PONG\n");
  expect(stdout).toContain("it said: hello you\n");
  expect(stdout + stderr).not.toContain(PASSWORD);
});

test("this machine's logins reach the sandbox as a Secret, and nothing that is printed", async () => {
  const auth = Buffer.from(`bot:${PASSWORD}`).toString("base64");
  const server = "https://index.docker.io/v1/";
  const DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { [server]: { auth }, "other.example": { auth } } });
  const read = `kubectl get secrets -A --selector ${LABEL.sandbox}=cache -o json`;
  const settings = { kubernetes: { imagePullSecret: { fromDocker: true } } };
  const manifest = readFileSync(path.join(project.folder, "package.json"), "utf8");
  project.write("package.json", JSON.stringify({ ...JSON.parse(manifest), nestbox: settings }));
  const { program, env } = kubectlCommand();
  const { exitCode, stdout, stderr } = await project.nestbox(
    [...RUN, "cache", "--", "sh", "-c", read.replace("kubectl", program)],
    { ...environment, DOCKER_AUTH_CONFIG, KUBECONFIG: env.KUBECONFIG ?? "" },
  );
  project.write("package.json", manifest);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const { items } = JSON.parse(stdout) as { readonly items: readonly Secret[] };
  const [{ type, data, metadata } = {}, ...others] = items.filter(({ metadata }) =>
    metadata?.labels?.[LABEL.project]?.startsWith(path.basename(project.folder)),
  );
  expect(others).toEqual([]);
  expect(type).toBe("kubernetes.io/dockerconfigjson");
  const config = Buffer.from(data?.[".dockerconfigjson"] ?? "", "base64").toString();
  expect(JSON.parse(config)).toEqual({ auths: { [server]: { auth } } });
  expect(JSON.stringify(metadata) + stderr).not.toContain(PASSWORD);
  expect(await left()).toEqual([]);
});

test("a job ends at the end of its time", async () => {
  expect(await run("cache", "late")).toMatchObject({
    exitCode: 124,
    stdout: expect.stringContaining("job runs"),
    stderr: expect.stringContaining("took longer than 15s"),
  });
});

test("a job whose image cannot be pulled is told", async () => {
  const { exitCode, stderr } = await run("cache", "lost");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^error cache\.jobs\.lost: its image alpine:0\.0 cannot be pulled: /m);
  expect(await left()).toEqual([]);
});

test("a service that fails is told with its last lines, and ends the wait for others", async () => {
  const { exitCode, stderr } = await run("broken");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^error broken\.services\.server: ended with exit code 3$/m);
  expect(stderr).toContain("    the last line");
  expect(stderr).not.toMatch(/never|broken\.services\.other/);
  expect(await left()).toEqual([]);
});

test.each<NodeJS.Signals>(["SIGINT", "SIGTERM"])("%s removes the sandbox", async (signal) => {
  const command = start("cache", "slow");
  await command.printed(/^job runs$/m);
  command.process.kill(signal);
  expect(await command.ended).toMatchObject({ exitCode: 130 });
  expect(await left()).toEqual([]);
});

test("a command gets the services' addresses, and its exit code passes", async () => {
  const script =
    'const socket = require("node:net").connect(process.env.REDIS_PORT, process.env.REDIS_HOST);' +
    'socket.end("PING\\r\\n").on("data", (data) => console.log(String(data)))' +
    '.on("close", () => process.exit(3));';
  const end = await run("cache", "--", process.execPath, "-e", script);
  expect(end).toMatchObject({ exitCode: 3, stdout: expect.stringContaining("+PONG") });
  expect(await left()).toEqual([]);
});

test("the documented permissions suffice", async () => {
  account.allow(...roleRules(RIGHTS.run));
  project.write("limited.json", account.kubeconfig());
  const [KUBECONFIG, NESTBOX_CACHE] = ["limited.json", "cache"].map((file) =>
    path.join(project.folder, file),
  );
  const limited = { ...environment, KUBECONFIG, NESTBOX_CACHE };
  for (const sandbox of ["apart", "passes"]) {
    const { exitCode, stderr } = await project.nestbox([...RUN, sandbox], limited);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining("!") });
  }
  // It was probed, since the cache was empty.
  expect(readdirSync(path.join(NESTBOX_CACHE ?? "", "enforces-policies"))).toHaveLength(1);
  expect(await left()).toEqual([]);
});

test("a context that does not exist is refused", async () => {
  const { exitCode, stderr } = await run("cache", "--context", "nowhere");
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error .*kubeconfig: no context "nowhere"; it has \w+/m);
  expect(await project.nestbox(["run", "cache", "--context", "here"])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("error --context: names a Kubernetes cluster; add --target kubernetes"),
  });
});
