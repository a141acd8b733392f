import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { removeOwned } from "../../bench/remove-owned.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { PUBLISHED_MODULES } from "../published.ts";

const repository = join(__dirname, "../..");

/** The result of a run of the Pulumi CLI. */
export interface PulumiRun {
  readonly code: number;
  /** Its stdout and stderr. */
  readonly output: string;
}

/** A Pulumi project in a new folder, with its own state, Pulumi home and stack `test`. */
export interface PulumiProject {
  readonly folder: string;
  /** The owner label of the stack's resources. */
  readonly owner: string;
  /** The environment of its commands. */
  readonly environment: NodeJS.ProcessEnv;
  /** Runs the real CLI with the plugins of this repository. */
  pulumi(...args: readonly string[]): Promise<PulumiRun>;
  /** Starts the CLI and leaves it running. */
  start(...args: readonly string[]): ChildProcess;
  /** Writes a file of the project. */
  write(file: string, content: string): void;
  /** The text of the stack's state file. */
  stateText(): string;
  /** The outputs of the stack in its state, where secrets are encrypted. The CLI would take much longer. */
  outputs(): unknown;
  /** Removes the stack's resources from the engine, and the folder. */
  remove(): Promise<void>;
}

/** Creates a project with these files, and its stack. */
export async function pulumiProject(files: Readonly<Record<string, string>>): Promise<PulumiProject> {
  const folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  const state = join(folder, ".state");
  const owner = ownerOf({ project: projectName, stack: "test", backend: `file://${state}` });
  mkdirSync(state);
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  // The providers in the set-up's PULUMI_HOME, which npm test passes on.
  mkdirSync(join(folder, ".pulumi-home"));
  symlinkSync(join(process.env.PULUMI_HOME ?? "", "plugins"), join(folder, ".pulumi-home", "plugins"));
  const environment = {
    ...process.env,
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    PULUMI_HOME: join(folder, ".pulumi-home"),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_STACK: "test",
    // As `nestbox up` has it, for a quick start of the SDK.
    NODE_OPTIONS: `--require=${join(PUBLISHED_MODULES, "nestbox/dist/pulumi/sdk-start-up.cjs")}`,
  };
  const options = { cwd: folder, env: environment };
  const project: PulumiProject = {
    folder,
    owner,
    environment,
    pulumi: (...args) =>
      new Promise((resolve) => {
        execFile("pulumi", [...args, "--non-interactive"], options, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
          resolve({ code, output: `${stdout}${stderr}${error !== null && code === 1 ? error.message : ""}` });
        });
      }),
    start: (...args) => spawn("pulumi", [...args, "--non-interactive"], { ...options, stdio: "ignore" }),
    write: (file, content) => writeFileSync(join(folder, file), content),
    stateText: () => readFileSync(join(state, `.pulumi/stacks/${projectName}/test.json`), "utf8"),
    outputs: () => stackIn(project.stateText())?.outputs,
    async remove() {
      await removeOwned(owner);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  project.write("package.json", '{ "type": "module" }');
  for (const [file, content] of Object.entries(files)) project.write(file, content);
  const { code, output } = await project.pulumi("stack", "init", "test");
  if (code !== 0) {
    await project.remove();
    throw new Error(`pulumi stack init failed; run the tests with npm test, which sets it up\n${output}`);
  }
  return project;
}

/** Adds nestbox, as it is published, as a link beside the program's own packages. */
export function installNestbox(folder: string): void {
  const modules = join(folder, "node_modules");
  unlinkSync(modules);
  mkdirSync(modules);
  for (const name of readdirSync(PUBLISHED_MODULES))
    symlinkSync(join(PUBLISHED_MODULES, name), join(modules, name));
}

function stackIn(state: string): { readonly outputs: unknown } | undefined {
  const { resources } = JSON.parse(state).checkpoint.latest;
  return resources.find(({ type }: { type: string }) => type === "pulumi:pulumi:Stack");
}

const projectName = "nestbox-test";

/** The Pulumi.yaml of a program that Node runs without compiling. */
export const pulumiYaml = (nodeArguments = "") => `name: ${projectName}
runtime:
  name: nodejs
  options:
    typescript: false
    nodeargs: "${nodeArguments}"
main: index.ts
`;
