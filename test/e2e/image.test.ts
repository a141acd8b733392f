import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { GITLAB_RUNNER_IMAGES } from "../../airgap/images/stand-ins.ts";
import image from "../../sandboxes/image.ts";
import declaredRunners from "../../sandboxes/runners.ts";
import { diagnose } from "../../src/doctor/diagnose.ts";
import { uplinkMtu } from "../../src/machine/uplink.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { readVariablesFile } from "../../src/model/plan/variables-file.ts";
import { dockerEnvironment, runCommand } from "../emission/docker-client.ts";
import { type EmittedProject, emittedProject } from "../emission/emitted-project.ts";
import { type PipelineEnd, runPipeline } from "../emission/gitlab-ci-local.ts";
import { type CiJob, readCiJob } from "../pulumi/runner/ci-job.ts";
import type { CiProject } from "../pulumi/runner/coordinator-double.ts";
import { hostAddress, traceOf } from "../pulumi/runner/real-runner.ts";
import { dockerWith } from "../setup/docker-command.ts";
import { type LoopbackForward, loopbackForward } from "./loopback-forward.ts";
import { type NestedEngine, nestedEngine } from "./nested-engine.ts";
import { type NestedRunner, nestedRunner } from "./nested-runner.ts";
import { type ProjectRegistry, projectRegistry } from "./project-registry.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

// The scenario `image`, as declared and as emitted, on a nested engine that accepts any registry certificate.

const REPOSITORY = path.resolve(__dirname, "../..");
const IMAGES = ["moby/buildkit:rootless", "alpine:3.19", "registry:3", "docker:25.0.0-cli"];
const FOR_PIPELINES = ["firecow/gitlab-ci-local-util:latest", ...GITLAB_RUNNER_IMAGES];
const HELLO = /^(?:.*\s)?Hello from an image$/m;

let engine: NestedEngine;
let registry: ProjectRegistry;
let forward: LoopbackForward;

beforeAll(async () => {
  await dockerWith([...IMAGES, ...FOR_PIPELINES, "docker:dind"]);
  engine = await nestedEngine([...IMAGES, ...FOR_PIPELINES], {
    daemonArguments: ["--insecure-registry=0.0.0.0/0", `--mtu=${uplinkMtu()}`],
    binds: [tmpdir()],
  });
  const { hostname, port } = new URL(engine.host.host);
  registry = await projectRegistry({ engine: engine.host, hostname });
  forward = await loopbackForward(hostname, Number(port));
}, 1_200_000);

afterAll(async () => {
  await registry?.remove();
  forward?.close();
  await engine?.remove();
}, 120_000);

/** GitLab's predefined variables for the pipeline of a commit. */
function predefined(commit: string): Readonly<Record<string, string>> {
  return {
    CI_REGISTRY: registry.address,
    CI_REGISTRY_IMAGE: `${registry.address}/team/app`,
    CI_REGISTRY_USER: registry.login.username,
    CI_REGISTRY_PASSWORD: registry.login.password,
    CI_COMMIT_SHA: commit,
  };
}

describe("nestbox run", () => {
  let project: UserProject;

  beforeAll(async () => {
    project = userProject("e2e-image");
    project.write("sandboxes/image.ts", readFileSync(path.join(REPOSITORY, "sandboxes/image.ts"), "utf8"));
    project.write("sandboxes/index.ts", 'import image from "./image.ts";\n\nexport default [image];\n');
    cpSync(path.join(REPOSITORY, "examples/greeter"), path.join(project.folder, "examples/greeter"), {
      recursive: true,
    });
    project.configure({ sandboxes: ["image"] });
    passed(await nestbox(["up"]));
  }, 900_000);

  afterAll(() => project?.remove());

  const nestbox = (words: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
    project.nestbox(words, {
      // No login goes over a network unencrypted.
      DOCKER_HOST: forward.host,
      NESTBOX_CA_BUNDLE: registry.authorities,
      ...variables,
    });

  test("builds and pushes an image, and runs it by its digest", async () => {
    const { stdout, stderr } = passed(await nestbox(["run", "image"], predefined("one")));
    const digest = await registry.digestOf("team/app/greeter", "one");
    expect(stdout).toMatch(HELLO);
    expect(stderr).toContain(`${registry.address}/team/app/greeter@${digest}`);
    expect(stdout + stderr).not.toContain(registry.login.password);
  }, 300_000);

  test("of one job runs the jobs that it needs first", async () => {
    const { stdout } = passed(await nestbox(["run", "image", "verify"], predefined("two")));
    expect(stdout).toMatch(HELLO);
    expect(await registry.digestOf("team/app/greeter", "two")).toMatch(/^sha256:/);
  }, 300_000);

  test("names missing GitLab variables, and starts no job", async () => {
    const { CI_COMMIT_SHA: _, CI_REGISTRY_PASSWORD: __, ...some } = predefined("three");
    const { exitCode, stderr } = await nestbox(["run", "image"], some);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("image.jobs.build uses CI_COMMIT_SHA, CI_REGISTRY_PASSWORD");
    expect(stderr).not.toContain("image build");
  }, 60_000);

  test("ends after the build if the registry refuses the password", async () => {
    const wrong = { ...predefined("four"), CI_REGISTRY_PASSWORD: "wrong-password" };
    const { exitCode, stdout, stderr } = await nestbox(["run", "image"], wrong);
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toMatch(/401|unauthorized/i);
    expect(stdout).not.toMatch(HELLO);
    expect(stdout + stderr).not.toContain("wrong-password");
  }, 300_000);
});

describe("gitlab-ci-local", () => {
  let project: EmittedProject;
  let pipeline: PipelineEnd;

  beforeAll(async () => {
    project = emittedProject([image]);
    const login = Buffer.from(`${registry.login.username}:${registry.login.password}`).toString("base64");
    project.write(
      ".runner/login/config.json",
      JSON.stringify({ auths: { [registry.address]: { auth: login } } }),
    );
    process.env.DOCKER_HOST = engine.host.host;
    pipeline = await runPipeline(project, ["image:verify"], {
      variables: { ...predefined("five"), SSL_CERT_FILE: "/authorities.pem" },
      files: { "/authorities.pem": readFileSync(registry.authorities, "utf8") },
      environment: { DOCKER_CONFIG: path.join(project.folder, ".runner/login") },
      containers: "user namespaces",
    });
  }, 300_000);

  afterAll(() => {
    delete process.env.DOCKER_HOST;
    project?.remove();
  });

  test("builds and pushes the image in the emitted, unprivileged job, and runs it by digest", async () => {
    expect({ verdict: pipeline.verdictOn("image:build"), output: pipeline.outputOf("image:build") }).toEqual({
      verdict: "PASS",
      output: expect.stringContaining("pushing manifest"),
    });
    const digest = await registry.digestOf("team/app/greeter", "five");
    expect(pipeline.stdout + pipeline.stderr).toContain(`greeter@${digest}`);
    expect(pipeline.outputOf("image:verify")).toMatch(HELLO);
    expect(pipeline.verdictOn("image:verify")).toBe("PASS");
  });
});

describe("gitlab-runner", () => {
  let runner: NestedRunner;
  let folder: string;
  let sources: NonNullable<CiProject["sources"]>;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "nestbox-sources-"));
    sources = repositoryOf(folder);
    runner = await nestedRunner(engine, declaredRunners, await hostAddress());
  }, 300_000);

  afterAll(async () => {
    await runner?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const emitted = (job: string): CiJob =>
    readCiJob(path.join(REPOSITORY, ".gitlab/nestbox/image.yml"), `image:${job}`);

  const ciProject = (commit: string): CiProject => ({
    sources,
    variables: predefined(commit),
    files: { SSL_CERT_FILE: readFileSync(registry.authorities, "utf8") },
    registry: { url: registry.address, ...registry.login },
  });

  test("builds and pushes the image in the emitted job, and runs it by its digest in the next", async () => {
    const build = runner.coordinator.give(emitted("build"), ciProject("six"));
    expect(await traceOf(build)).toContain("pushing manifest");
    const handedOn = readVariablesFile("dotenv", build.dotenv ?? "");
    const digest = await registry.digestOf("team/app/greeter", "six");
    expect(handedOn).toEqual({ GREETER_IMAGE: `${registry.address}/team/app/greeter@${digest}` });
    const project = ciProject("six");
    const verify = runner.coordinator.give(emitted("verify"), {
      ...project,
      variables: { ...project.variables, ...handedOn },
    });
    const trace = await traceOf(verify);
    expect(trace).toContain(`greeter@${digest}`);
    expect(trace).toMatch(HELLO);
  }, 300_000);

  test.each(declaredRunners.filter(({ userNamespaces }) => !userNamespaces))(
    "the runner $name cannot run that build, and the doctor reports the reason",
    async ({ tags }) => {
      const build = runner.coordinator.give({ ...emitted("build"), tags }, ciProject("seven"));
      const trace = await traceOf(build, "failed");
      expect(diagnose(trace).map(({ failure }) => failure.id)).toEqual(["rootless-denied"]);
      expect(await registry.digestOf("team/app/greeter", "seven")).toBeUndefined();
    },
    120_000,
  );

  test("only the runner with its own tag lets a job create user namespaces", async () => {
    const attempt =
      'unshare --user --map-root-user sh -c "id -u" >/tmp/said 2>&1 || echo refused; cat /tmp/said';
    const saidBy = async ({ tags }: { readonly tags: readonly string[] }) => {
      const variables = { GIT_STRATEGY: "empty" };
      const script = ["mkdir -p /tmp", attempt];
      const job = { name: "attempt", tags, image: "alpine:3.19", services: [], variables, script };
      return /^(?:.*\s)?refused$/m.test(await traceOf(runner.coordinator.give(job)));
    };
    const refused = await Promise.all(declaredRunners.map(saidBy));
    expect(Object.fromEntries(declaredRunners.map(({ name }, index) => [name, refused[index]]))).toEqual({
      containers: true,
      "image-builds": false,
      "docker-in-docker": true,
    });
  }, 120_000);
});

test("docker compose applies the seccomp profile to a job with userNamespaces alone", async () => {
  const attempt = "mkdir -p /tmp; unshare --user --map-root-user id -u";
  const jobs = {
    builds: { image: "alpine:3.19", userNamespaces: true, script: [attempt] },
    plain: { image: "alpine:3.19", script: [attempt] },
  };
  const project = emittedProject([sandbox("namespaces", { services: {}, jobs })]);
  try {
    process.env.DOCKER_HOST = engine.host.host;
    const env = await dockerEnvironment();
    const up = (job: string) => {
      const words = ["--file", "compose/namespaces.yaml", "up", "--exit-code-from", job, job];
      return runCommand("docker", ["compose", ...words], { cwd: project.folder, env });
    };
    expect(await up("builds")).toMatchObject({ exitCode: 0 });
    expect((await up("plain")).exitCode).not.toBe(0);
  } finally {
    delete process.env.DOCKER_HOST;
    project.remove();
  }
}, 120_000);

/** The result of a command. Throws its output if it failed. */
function passed(end: CommandEnd): CommandEnd {
  if (end.exitCode !== 0) throw new Error(`${end.stdout}\n${end.stderr}`);
  return end;
}

/** A bare repository with this project's examples, for git's plain HTTP. */
function repositoryOf(folder: string): NonNullable<CiProject["sources"]> {
  const work = path.join(folder, "work");
  const repository = path.join(folder, "project.git");
  mkdirSync(work);
  cpSync(path.join(REPOSITORY, "examples"), path.join(work, "examples"), { recursive: true });
  writeFileSync(path.join(work, "README.md"), "A project of a test.\n");
  const git = (cwd: string, ...words: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...words], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  git(work, "init", "--quiet", "--initial-branch=main");
  git(work, "add", "--all");
  git(work, "commit", "--quiet", "--message=all");
  git(folder, "clone", "--quiet", "--bare", work, repository);
  git(repository, "update-server-info");
  return { repository, sha: git(work, "rev-parse", "HEAD").trim() };
}
