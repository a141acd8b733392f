import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ProgramCannotRun } from "./program-cannot-run.ts";

/** The program to run: fields of the engine's RunRequest as plain data. */
export interface ProgramRun {
  readonly programFolder: string;
  readonly rootFolder: string;
  readonly workingFolder: string;
  readonly entryPoint: string;
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly monitorAddress: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secretConfigKeys: readonly string[];
  readonly parallel: number;
  readonly preview: boolean;
}

/** A process to start: the arguments of `node`, and variables on top of this process's own. */
export interface ProgramCommand {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The command that runs a Pulumi program under Node: `@pulumi/pulumi/cmd/run` of the program's node_modules.
 *
 * @param engineAddress the address of the engine, for log messages
 * @throws ProgramCannotRun without @pulumi/pulumi, and for an unknown option
 */
export function programCommand(run: ProgramRun, engineAddress: string): ProgramCommand {
  const options = readOptions(run.options);
  return {
    arguments: [
      ...options.nodeArguments,
      join(pulumiSdkFolder(run.programFolder), "cmd", "run"),
      ...["--monitor", run.monitorAddress],
      ...["--engine", engineAddress],
      ...["--organization", run.organization],
      ...["--project", run.project],
      ...["--root-directory", run.rootFolder],
      ...["--stack", run.stack],
      ...["--pwd", run.workingFolder],
      ...["--parallel", String(run.parallel)],
      ...(run.preview ? ["--dry-run"] : []),
      run.entryPoint,
      ...run.arguments,
    ],
    environment: {
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), "node-compile-cache"),
      PULUMI_CONFIG: JSON.stringify(run.config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.secretConfigKeys),
      PULUMI_NODEJS_TYPESCRIPT: String(options.typescript),
      ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
    },
  };
}

/**
 * The folder of the `@pulumi/pulumi` that a program imports.
 * @throws ProgramCannotRun if it is not installed
 */
export function pulumiSdkFolder(programFolder: string): string {
  try {
    return dirname(createRequire(join(programFolder, "package.json")).resolve("@pulumi/pulumi/package.json"));
  } catch {
    throw new ProgramCannotRun(`${programFolder}: @pulumi/pulumi is not installed; run npm install there`);
  }
}

interface RuntimeOptions {
  readonly typescript: boolean;
  readonly tsconfig: string | undefined;
  readonly nodeArguments: readonly string[];
}

/** The options of installations, which runs ignore. */
const INSTALL_OPTIONS = ["packagemanager", "production"];

/** `runtime.options` of Pulumi.yaml, with the defaults of Pulumi's own Node language host. */
function readOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
  const { typescript = true, tsconfig, nodeargs = "", ...others } = options;
  const unknown = Object.keys(others).filter((name) => !INSTALL_OPTIONS.includes(name));
  if (unknown.length > 0) {
    throw new ProgramCannotRun(
      `Pulumi.yaml: runtime.options.${unknown[0]} is not an option of the Node runtime; remove it`,
    );
  }
  if (typeof typescript !== "boolean") {
    throw new ProgramCannotRun("Pulumi.yaml: runtime.options.typescript must be true or false");
  }
  if (typeof nodeargs !== "string") {
    throw new ProgramCannotRun("Pulumi.yaml: runtime.options.nodeargs must be a string");
  }
  return {
    typescript,
    tsconfig: typeof tsconfig === "string" ? tsconfig : undefined,
    nodeArguments: splitWords(nodeargs),
  };
}

/** The words of a command line. Quoted blanks do not separate words. */
function splitWords(line: string): string[] {
  const words = line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g);
  return [...words].map(([word]) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}
