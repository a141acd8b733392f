import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type CompileTask, compileGoPrograms, type GoPrograms, programsFolder } from "../go-programs.ts";

/** The Go packages of Pulumi's programs. Pulumi finds each on PATH by the package's last part. */
const PACKAGES = {
  cli: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  dockerProvider: "./pulumi-resource-docker",
} as const;

/** A program of Pulumi that is compiled. */
export type PulumiProgram = keyof typeof PACKAGES;

export interface PulumiModule {
  /** The version of @pulumi/docker, which the provider reports as its own. */
  readonly dockerVersion: string;
  /** The folder of the Go module. @default the one beside this file */
  readonly moduleFolder?: string;
}

/** The version of the CLI that the Go module names, without a leading v. */
export function compiledCliVersion(moduleFolder: string = import.meta.dirname): string {
  const module = readFileSync(join(moduleFolder, "go.mod"), "utf8");
  return /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(module)?.[1] ?? "";
}

/** The path of a compiled program; the file may not exist yet. */
export function compiledProgram(cache: string, program: PulumiProgram, module: PulumiModule): string {
  return join(programsFolder(cache, goPrograms([program], module)), basename(PACKAGES[program]));
}

/**
 * Compiles Pulumi's CLI and its Docker provider from their Go modules; both take little longer than one.
 * @throws as compileGoPrograms does
 */
export async function compilePulumi(
  programs: readonly PulumiProgram[],
  module: PulumiModule,
  task: CompileTask,
): Promise<void> {
  await compileGoPrograms(goPrograms(programs, module), task);
}

function goPrograms(
  programs: readonly PulumiProgram[],
  { dockerVersion, moduleFolder = import.meta.dirname }: PulumiModule,
): GoPrograms {
  return {
    moduleFolder,
    packages: programs.map((program) => PACKAGES[program]),
    // Without Docker Compose, which the provider can run, and Google's direct path to its storage.
    tags: ["no_compose", "disable_grpc_modules"],
    variables: {
      // Pulumi's SDK refuses a CLI that reports no version.
      "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${compiledCliVersion(moduleFolder)}`,
      "main.version": dockerVersion,
    },
  };
}
