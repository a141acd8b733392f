// npm run next-pulumi [-- VERSION]: compiles the CLI of another version of Pulumi, and the Docker provider
// with it, in a copy of this module. Reports which of the two compile. Takes some minutes.
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildRequest } from "../dependencies.ts";
import type { CompileTask } from "../go-programs.ts";
import { compiledCliVersion, compilePulumi } from "./compile.ts";

const PULUMI = "github.com/pulumi/pulumi/pkg/v3";
const SDK = "github.com/pulumi/pulumi/sdk/v3";
const BRIDGE = "github.com/pulumi/pulumi-terraform-bridge/v3";

/** The number of output lines in the error of a failed build. */
const LAST_LINES = 12;

const folder = mkdtempSync(join(tmpdir(), "nestbox-next-pulumi-"));
const moduleFolder = join(folder, "pulumi");
try {
  process.exitCode = (await compiles(process.argv[2])) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Whether a version compiles with the newest bridge. @param asked default: the Go proxy's newest version */
async function compiles(asked: string | undefined): Promise<boolean> {
  cpSync(import.meta.dirname, moduleFolder, { recursive: true });
  const wanted = asked === undefined ? "latest" : `v${asked.replace(/^v/, "")}`;
  console.log(`now: pulumi ${compiledCliVersion(moduleFolder)}, bridge ${versionOf(BRIDGE)}`);
  try {
    go("get", `${BRIDGE}@latest`);
    go("get", `${PULUMI}@${wanted}`);
    go("get", `${SDK}@${versionOf(PULUMI)}`);
    go("mod", "tidy", "-e");
  } catch {
    // Go has printed the reason.
    return false;
  }
  console.log(`try: pulumi ${versionOf(PULUMI)}, bridge ${versionOf(BRIDGE)}`);
  const results = [await result("cli"), await result("dockerProvider")];
  return results.every((isGood) => isGood);
}

/** Compiles one program, so that each reports its own errors. */
async function result(program: "cli" | "dockerProvider"): Promise<boolean> {
  const task: CompileTask = {
    cache: join(folder, "cache"),
    onDetail: () => undefined,
    // No lock: the folder belongs to this process.
    dependencies: { acquireLock: async () => async () => undefined, runChild },
  };
  try {
    await compilePulumi([program], { moduleFolder, dockerVersion: "0.0.0" }, task);
    console.log(`✓ ${program} compiles`);
    return true;
  } catch (error) {
    console.log(`✗ ${program} does not compile:\n  ${(error as Error).message}`);
    return false;
  }
}

function runChild({ command, args, folder, environment }: ChildRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: folder, env: environment }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr.trimEnd().split("\n").slice(-LAST_LINES).join("\n  ")));
    });
  });
}

function versionOf(module: string): string {
  return execFileSync("go", ["list", "-mod=mod", "-m", "-f", "{{.Version}}", module], {
    ...{ cwd: moduleFolder, encoding: "utf8" },
  }).trim();
}

function go(...words: readonly string[]): void {
  console.log(`$ go ${words.join(" ")}`);
  execFileSync("go", words, { cwd: moduleFolder, stdio: ["ignore", "ignore", "inherit"] });
}
