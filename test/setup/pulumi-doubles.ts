import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compiledCliVersion, compiledProgram, compilePulumi } from "../../airgap/pulumi/compile.ts";
import { type Airgap, loadAirgap } from "../../src/setup/airgap.ts";
import { type Toolchain, toolchain } from "../../src/setup/pulumi-toolchain.ts";
import { createProgress } from "../../src/terminal/progress.ts";

const REPOSITORY = join(__dirname, "../..");

/** The versions of the packages in the double of a project, and of the CLI in the double of a Go module. */
export const WANTED = {
  cli: "3.259.1",
  docker: "5.2.1",
  kubernetes: "4.25.1",
  compiledCli: "3.219.1",
} as const;

/**
 * A double of a machine without a network, in a new folder: a project's packages, the Go modules, a cache
 * folder, the user's PULUMI_HOME, and one folder on PATH.
 */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  readonly cache = join(this.folder, "cache");
  readonly project = join(this.folder, "project");
  /** The one folder on PATH. */
  readonly bin = join(this.folder, "bin");
  readonly userHome = join(this.folder, "user-home");
  readonly home = join(this.cache, "pulumi-home");
  readonly #environment = { ...process.env };

  constructor() {
    this.write("project/node_modules/@pulumi/pulumi/package.json", `{ "version": "${WANTED.cli}" }`);
    this.write("project/node_modules/@pulumi/docker/package.json", `{ "version": "${WANTED.docker}" }`);
    this.write(
      "project/node_modules/@pulumi/kubernetes/package.json",
      `{ "version": "${WANTED.kubernetes}" }`,
    );
    this.write("kubernetes-provider/go.mod", "module example.test/kubernetes-provider\n");
    this.changeSources("");
    mkdirSync(this.bin);
    // Records Pulumi's downloads as unreachable a minute ago.
    const verdict = { answers: false, at: Date.now() };
    this.write("cache/reachable/pulumi-downloads", JSON.stringify(verdict));
    Object.assign(process.env, { PATH: this.bin, PULUMI_HOME: this.userHome, NESTBOX_CACHE: this.cache });
  }

  remove(): void {
    process.env = this.#environment;
    rmSync(this.folder, { recursive: true });
  }

  /** Writes a file, executable if it begins with `#!`. Returns its path. */
  write(file: string, content: string): string {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: content.startsWith("#!") ? 0o755 : 0o644 });
    return path;
  }

  /** Changes the sources of the compiled programs. */
  changeSources(comment: string): void {
    const requirement = `require github.com/pulumi/pulumi/pkg/v3 v${WANTED.compiledCli}`;
    const module = `module example.test/pulumi\n\n${requirement}\n// ${comment}\n`;
    this.write("pulumi/go.mod", module);
  }

  /** The lines that a double has recorded about its runs. */
  asked(program: "go" | "pulumi"): readonly string[] {
    const file = join(this.folder, `asked-${program}`);
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** A double of Go, which creates a file for each program. */
  hasGo(): void {
    const programs = "pulumi pulumi-language-nodejs pulumi-resource-docker pulumi-resource-kubernetes";
    const make = `for name in ${programs}; do echo compiled >"$out$name"; done`;
    const out = 'for word; do case $word in -o=*) out=${word#-o=}; /bin/mkdir -p "$out" ;; esac; done';
    this.write("bin/go", `#!/bin/sh\necho "$@" >>${this.folder}/asked-go\n${out}\n${make}\n`);
  }

  /** A double of the Pulumi CLI, which "downloads" providers with these names. */
  hasCli(version: string, file = "bin/pulumi", providers: readonly string[] = []): string {
    const cases = providers.map((name) => {
      const plugin = `$PULUMI_HOME/plugins/resource-${name}-v$5`;
      const install = `/bin/mkdir -p ${plugin}; echo >${plugin}/pulumi-resource-${name}`;
      return `"plugin install resource ${name}") ${install} ;;`;
    });
    return this.write(
      file,
      `#!/bin/sh
echo "$@" >>${this.folder}/asked-pulumi
case "$1 $2 $3 $4" in
  "version   ") echo v${version} ;;
  ${cases.join("\n  ")}
  *) exit 1 ;;
esac
`,
    );
  }

  /** A double of a provider, which answers GetPluginInfo alone. */
  hasProvider(name: string, version: string, folder = "bin"): string {
    const grpc = JSON.stringify(join(REPOSITORY, "node_modules/@grpc/grpc-js"));
    return this.write(
      `${folder}/pulumi-resource-${name}`,
      `#!${process.execPath}
const { Server, ServerCredentials } = require(${grpc});
const asIs = (bytes) => bytes;
const method = {
  ...{ path: "/pulumirpc.ResourceProvider/GetPluginInfo", requestStream: false, responseStream: false },
  ...{ requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs },
};
const version = ${JSON.stringify(version)};
const server = new Server();
// Field 1 of PluginInfo is the version.
const GetPluginInfo = (_, answer) => answer(null, Buffer.from([10, version.length, ...Buffer.from(version)]));
server.addService({ GetPluginInfo: method }, { GetPluginInfo });
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_, port) => console.log(port));
`,
    );
  }

  /** Adds a file of a plugin to a PULUMI_HOME. */
  hasPlugin(folderName: string, file: string, home: "user-home" | "cache/pulumi-home" = "user-home"): string {
    return this.write(`${home}/plugins/${folderName}/${file}`, "#!/bin/sh\n");
  }

  hasLanguageHost(folder = "bin"): string {
    return this.write(`${folder}/pulumi-language-nodejs`, "#!/bin/sh\n");
  }

  /** The real package with the double of its Go module. */
  airgap(): Airgap {
    const airgap = loadAirgap(REPOSITORY, process.env);
    if (airgap === undefined) throw new Error("nestbox-airgap is not installed; run npm install");
    const moduleFolder = join(this.folder, "pulumi");
    return {
      ...airgap,
      compiledCliVersion: () => compiledCliVersion(moduleFolder),
      compiledProgram: (cache, program, module) =>
        compiledProgram(cache, program, { ...module, moduleFolder }),
      compilePulumi: (programs, module, task) => compilePulumi(programs, { ...module, moduleFolder }, task),
    };
  }

  /**
   * The toolchain, by the set-up.
   * @param hasAirgap whether nestbox-airgap is installed
   */
  async toolchain(providers: readonly string[] = ["docker"], hasAirgap = true): Promise<Toolchain> {
    const airgap = hasAirgap ? this.airgap() : undefined;
    const { signal } = new AbortController();
    const progress = createProgress({ write: () => undefined }, {});
    const { cache, project: projectFolder } = this;
    const { env: environment } = process;
    return toolchain({ airgap, cache, environment, projectFolder, providers, progress, signal });
  }
}
