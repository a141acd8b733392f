import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type CompileRequest, compileGoPrograms, type GoPrograms, programsFolder } from "../go-programs.ts";

/** The packages of Pulumi's programs. Each program has the name by which Pulumi finds it on PATH. */
const PACKAGES = {
  cli: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  dockerProvider: "./pulumi-resource-docker",
} as const;

/** What of Pulumi's is compiled. */
export type PulumiProgram = keyof typeof PACKAGES;

export interface PulumiModule {
  /** The folder of this file, a Go module. */
  readonly moduleFolder: string;
  /** The version of @pulumi/docker, which the provider reports as its own. */
  readonly dockerVersion: string;
}

/** The version of the CLI that the Go module names, without a leading v. */
export function compiledCliVersion(moduleFolder: string): string {
  const module = readFileSync(join(moduleFolder, "go.mod"), "utf8");
  return /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(module)?.[1] ?? "";
}

/** The file of a program, whether it has been compiled yet or not. */
export function compiledProgram(cache: string, program: PulumiProgram, module: PulumiModule): string {
  return join(programsFolder(cache, goPrograms([program], module)), basename(PACKAGES[program]));
}

/**
 * Compiles Pulumi's CLI and its Docker provider from their Go modules; together they take little more than
 * one.
 * @throws as compileGoPrograms does
 */
export async function compilePulumi(
  programs: readonly PulumiProgram[],
  module: PulumiModule,
  request: CompileRequest,
): Promise<void> {
  await compileGoPrograms(goPrograms(programs, module), request);
}

function goPrograms(
  programs: readonly PulumiProgram[],
  { moduleFolder, dockerVersion }: PulumiModule,
): GoPrograms {
  return {
    moduleFolder,
    packages: programs.map((program) => PACKAGES[program]),
    // Without Docker Compose, which the provider can run, and Google's private route to its storage.
    tags: ["no_compose", "disable_grpc_modules"],
    variables: {
      // Without its version the CLI says none, and Pulumi's SDK refuses it.
      "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${compiledCliVersion(moduleFolder)}`,
      "main.version": dockerVersion,
    },
  };
}
