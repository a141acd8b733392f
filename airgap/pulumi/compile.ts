import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type CompileTask, compileGoPrograms, type GoPrograms, programsFolder } from "../go-programs.ts";

/** The Go packages of Pulumi's programs. Pulumi finds each on PATH by the package's last part. */
const PACKAGES = {
  // As Pulumi ships them: together.
  cli: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "./pulumi-language-nodejs"],
  languageHost: ["./pulumi-language-nodejs"],
  dockerProvider: ["./pulumi-resource-docker"],
  kubernetesProvider: ["./pulumi-resource-kubernetes"],
} as const;

/** A program of Pulumi that is compiled. */
export type PulumiProgram = keyof typeof PACKAGES;

export interface PulumiModule {
  /** The version of @pulumi/docker, which the Docker provider reports as its own. @default none */
  readonly dockerVersion?: string | undefined;
  /** The version of @pulumi/kubernetes, which the Kubernetes provider reports as its own. @default none */
  readonly kubernetesVersion?: string | undefined;
  /** The folder of the Go module; that of the Kubernetes provider is beside it. @default this file's */
  readonly moduleFolder?: string;
}

/** The version of the CLI that the Go module names, without a leading v. */
export function compiledCliVersion(moduleFolder: string = import.meta.dirname): string {
  const module = readFileSync(join(moduleFolder, "go.mod"), "utf8");
  return /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(module)?.[1] ?? "";
}

/** The path of a compiled program; the file may not exist yet. */
export function compiledProgram(cache: string, program: PulumiProgram, module: PulumiModule): string {
  return join(programsFolder(cache, moduleOf(program)([program], module)), basename(PACKAGES[program][0]));
}

/**
 * Compiles Pulumi's CLI and its providers from their Go modules. Those of one module take little longer than
 * one.
 * @throws as compileGoPrograms does
 */
export async function compilePulumi(
  programs: readonly PulumiProgram[],
  module: PulumiModule,
  task: CompileTask,
): Promise<void> {
  for (const [goPrograms, ofModule] of Map.groupBy(programs, moduleOf))
    await compileGoPrograms(goPrograms(ofModule, module), task);
}

function moduleOf(program: PulumiProgram): typeof cliAndDockerProvider {
  return program === "kubernetesProvider" ? kubernetesProvider : cliAndDockerProvider;
}

function cliAndDockerProvider(
  programs: readonly PulumiProgram[],
  { dockerVersion = "", moduleFolder = import.meta.dirname }: PulumiModule,
): GoPrograms {
  return {
    moduleFolder,
    packages: programs.flatMap((program) => PACKAGES[program]),
    // Without Docker Compose, which the provider can run, and Google's direct path to its storage.
    tags: ["no_compose", "disable_grpc_modules"],
    variables: {
      // Pulumi's SDK refuses a CLI that reports no version.
      "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${compiledCliVersion(moduleFolder)}`,
      "main.version": dockerVersion,
    },
  };
}

/** A module of its own: it needs the Kubernetes client, which the Docker provider is compiled without. */
function kubernetesProvider(
  programs: readonly PulumiProgram[],
  { kubernetesVersion = "", moduleFolder = import.meta.dirname }: PulumiModule,
): GoPrograms {
  return {
    moduleFolder: join(dirname(moduleFolder), "kubernetes-provider"),
    packages: programs.flatMap((program) => PACKAGES[program]),
    tags: ["disable_grpc_modules"],
    variables: {
      "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": kubernetesVersion,
    },
  };
}
