import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { connect } from "../../bench/connect.ts";
import { RSYNC } from "../../src/gitlab/proof/rsync.ts";
import { certificateBundle } from "../../src/machine/certificate-bundle.ts";
import { SECCOMP_PROFILE, securityOptions } from "../../src/model/plan/seccomp-profile.ts";
import { type CommandEnd, dockerEnvironment, runCommand } from "./docker-client.ts";
import type { EmittedProject } from "./emitted-project.ts";

const PROGRAM = path.resolve(__dirname, "../../node_modules/gitlab-ci-local/dist/index.js");

/** The options of a run. */
export interface PipelineOptions {
  readonly variables?: Readonly<Record<string, string>>;
  /** Files for the containers of jobs and services, by path in the container. */
  readonly files?: Readonly<Record<string, string>>;
  /** Sockets and folders of this machine, by path in the jobs' containers. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** Additional environment variables of gitlab-ci-local. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Whether containers are privileged or have the security options of a runner with `userNamespaces`.
   * gitlab-ci-local has no option for the latter, so a wrapper of the docker command adds them.
   * @default "privileged"
   */
  readonly containers?: "privileged" | "user namespaces";
  /** The checked-out branch, with all files of the project's folder. @default main */
  readonly branch?: string;
}

/** A finished run. */
export interface PipelineEnd extends CommandEnd {
  /** The output of a job, without colours and the prefixes of gitlab-ci-local. */
  outputOf(job: string): string;
  /** The result of a job: `PASS`, `FAIL` or `WARN`, and its exit code unless it is 0. */
  verdictOn(job: string): string;
}

/**
 * Runs jobs of an emitted project, after the jobs that they need, like a runner for Docker-in-Docker:
 * services are privileged and share /certs/client. Nested daemons use this machine's registry mirror, and pip
 * its certificates.
 * @throws Error naming a missing program that gitlab-ci-local needs
 */
export async function runPipeline(
  project: EmittedProject,
  jobs: readonly string[],
  options: PipelineOptions = {},
): Promise<PipelineEnd> {
  requirePrograms(["bash", "git"]);
  const { containers = "privileged" } = options;
  const tools = { ...(await dockerEnvironment()), ...options.environment };
  const engine = containers === "privileged" ? tools : withSecurityOptions(project, tools);
  const environment = withRsync(project, engine);
  const files = { "/etc/docker/daemon.json": JSON.stringify(await nestedDaemonSettings()), ...options.files };
  const volumes = Object.entries(files).map(([target, content]) => {
    const source = path.join(project.folder, ".runner", target);
    project.write(path.join(".runner", target), content);
    return `${source}:${target}:ro`;
  });
  const bundle = certificateBundle(process.env);
  if (bundle !== undefined) {
    const copy = path.join(project.folder, ".runner", "certificates.pem");
    copyFileSync(bundle, copy);
    volumes.push(`${copy}:${CERTIFICATES}:ro`);
  }
  for (const [target, source] of Object.entries(options.mounts ?? {})) volumes.push(`${source}:${target}`);
  const variables = { ...(bundle !== undefined && { PIP_CERT: CERTIFICATES }), ...options.variables };
  commitAll(project.folder, options.branch);
  const words = [
    ...[PROGRAM, "--home", path.join(project.folder, ".runner", "home")],
    // Without --no-umask every job runs as root. GitLab's runner uses the image's user.
    ...(containers === "privileged" ? ["--privileged"] : ["--no-umask"]),
    ...["--pull-policy", "if-not-present", "--no-color", "--concurrency", "3", "--needs"],
    ...["%gcl-cert%:/certs/client", ...volumes].flatMap((volume) => ["--volume", volume]),
    // gitlab-ci-local checks exposed ports, even if the service does not listen on them.
    ...["--wait-for-services-timeout", "5"],
    ...Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]),
    ...jobs,
  ];
  const end = await runCommand(process.execPath, words, {
    cwd: project.folder,
    env: { ...environment, FORCE_COLOR: "0" },
  });
  return { ...end, outputOf: (job) => outputOf(end, job), verdictOn: (job) => verdictOn(end, job) };
}

/**
 * The error of gitlab-ci-local, which validates GitLab's schema, for one file of an emitted project.
 * Undefined for a valid file.
 */
export async function fileProblem(project: EmittedProject, file: string): Promise<string | undefined> {
  commitAll(project.folder);
  const words = [PROGRAM, "--file", file, "--list", "--no-color"];
  const { exitCode, stdout, stderr } = await runCommand(process.execPath, words, {
    cwd: project.folder,
    env: process.env,
  });
  return exitCode === 0 ? undefined : stdout + stderr;
}

/** The names of the jobs in a pipeline, by their rules, in the order of the files. */
export async function jobsOf(
  project: EmittedProject,
  { branch, variables = {} }: Pick<PipelineOptions, "branch" | "variables">,
): Promise<readonly string[]> {
  commitAll(project.folder, branch);
  const words = [
    ...[PROGRAM, "--list-csv", "--no-color"],
    ...Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]),
  ];
  const end = await runCommand(process.execPath, words, { cwd: project.folder, env: process.env });
  if (end.exitCode !== 0) throw new Error(end.stdout + end.stderr);
  const rows = end.stdout.trim().split("\n").slice(1);
  return rows.map((row) => row.split(";")[0] ?? "");
}

/** The path of this machine's certificates in jobs. */
export const CERTIFICATES = "/etc/nestbox-certificates.pem";

function outputOf({ stdout, stderr }: CommandEnd, job: string): string {
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.startsWith(`${job} `));
  return lines.map((line) => line.slice(job.length).trimStart().replace(/^> ?/, "")).join("\n");
}

function verdictOn({ stdout, stderr }: CommandEnd, job: string): string {
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.startsWith(`${job} `));
  const finished = lines.filter((line) => line.includes(" finished in ")).join("\n");
  return /(?:FAIL|WARN) \d+/.exec(finished)?.[0] ?? (finished === "" ? "did not finish" : "PASS");
}

function requirePrograms(names: readonly string[]): void {
  const missing = names.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
  if (missing.length > 0)
    throw new Error(`gitlab-ci-local needs ${missing.join(" and ")}; install it and run the tests again`);
}

/** Nested daemons pull from the registry mirrors of this machine's engine. */
async function nestedDaemonSettings(): Promise<object> {
  const docker = await connect();
  const { RegistryConfig } = (await docker.info()) as {
    readonly RegistryConfig?: { readonly Mirrors?: readonly string[] };
  };
  return { "registry-mirrors": RegistryConfig?.Mirrors ?? [] };
}

/** A docker command that adds the security options of jobs with `userNamespaces` to containers. */
function withSecurityOptions(project: EmittedProject, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const profile = path.join(project.folder, ".runner", "seccomp.json");
  project.write(".runner/seccomp.json", JSON.stringify(SECCOMP_PROFILE));
  const words = securityOptions(profile).map((option) => `--security-opt '${option}'`);
  const folder = path.join(project.folder, ".runner", "docker");
  project.write(
    ".runner/docker/docker",
    [
      "#!/bin/sh",
      `PATH=$(printf %s "$PATH" | sed 's|${folder}:||')`,
      `if [ "$1" = create ]; then shift; set -- create ${words.join(" ")} "$@"; fi`,
      'exec docker "$@"',
      "",
    ].join("\n"),
  );
  chmodSync(path.join(folder, "docker"), 0o755);
  return { ...environment, PATH: `${folder}${path.delimiter}${environment.PATH}` };
}

/** A double copies the project on a machine without rsync. */
function withRsync(project: EmittedProject, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = path.join(project.folder, ".runner", "bin");
  project.write(".runner/bin/rsync", RSYNC);
  chmodSync(path.join(folder, "rsync"), 0o755);
  return { ...environment, PATH: `${environment.PATH}${path.delimiter}${folder}` };
}

function commitAll(folder: string, branch = "main"): void {
  const git = (...words: readonly string[]) => execFileSync("git", words, { cwd: folder, stdio: "ignore" });
  const isNew = !existsSync(path.join(folder, ".git"));
  if (isNew) git("init", "--quiet", "--initial-branch", branch);
  else git("checkout", "-B", branch);
  writeFileSync(path.join(folder, ".gitignore"), ".gitlab-ci-local\n.runner\n");
  git("add", "--all");
  git(
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@example.com",
    "commit",
    "--quiet",
    "--allow-empty",
    "--message",
    "emitted",
  );
  if (isNew) git("remote", "add", "origin", "https://gitlab.example.com/team/project.git");
}
