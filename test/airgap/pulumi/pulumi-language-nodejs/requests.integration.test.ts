import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb.js";

// The compiled program gets its requests from the test instead of Pulumi's engine.

/** In the place of Pulumi's SDK: reports how it was started. */
const REPORTER = `const { argv, execArgv, env } = process;
  require("node:fs").writeFileSync("report.json", JSON.stringify({ argv, execArgv, env }));`;

interface Report {
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const engine = new Server();
let engineAddress: string;
let host: ChildProcess;
let client: InstanceType<typeof services.LanguageRuntimeClient>;
let folder: string;

beforeAll(async () => {
  const port = await new Promise<number>((resolve, reject) =>
    engine.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  engineAddress = `127.0.0.1:${port}`;
  host = spawn("pulumi-language-nodejs", [engineAddress], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(host.stdout as NodeJS.ReadableStream, "data");
  client = new services.LanguageRuntimeClient(`127.0.0.1:${Number(line)}`, credentials.createInsecure());
});

beforeEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = realpathSync(mkdtempSync(join(tmpdir(), "nestbox-test-")));
  installed("@pulumi/pulumi", "3.1.4");
  mkdirSync(join(folder, "node_modules/@pulumi/pulumi/cmd"));
  writeFileSync(join(folder, "node_modules/@pulumi/pulumi/cmd/run.js"), REPORTER);
});

afterAll(async () => {
  const ended = once(host, "exit");
  // The host ends with its engine.
  engine.forceShutdown();
  expect(await ended).toEqual([0, null]);
  client.close();
  rmSync(folder, { recursive: true });
});

function installed(name: string, version: string): void {
  mkdirSync(join(folder, "node_modules", name), { recursive: true });
  writeFileSync(join(folder, "node_modules", name, "package.json"), JSON.stringify({ version }));
}

function program(options: Record<string, JavaScriptValue> = {}, programFolder = folder) {
  const info = new language.ProgramInfo();
  info.setRootDirectory(folder);
  info.setProgramDirectory(programFolder);
  info.setEntryPoint("infra/index.ts");
  info.setOptions(Struct.fromJavaScript(options));
  return info;
}

interface RunOptions {
  readonly isPreview?: boolean;
  /** @default a sandbox and a secret */
  readonly isConfigured?: boolean;
}

async function run(
  info = program(),
  { isPreview = false, isConfigured = true }: RunOptions = {},
): Promise<Report> {
  const request = new language.RunRequest();
  request.setInfo(info);
  request.setPwd(folder);
  request.setMonitorAddress("127.0.0.1:1");
  request.setOrganization("organization");
  request.setProject("nestbox");
  request.setStack("dev");
  request.setParallel(8);
  request.setDryrun(isPreview);
  if (isConfigured) {
    request.getConfigMap().set("nestbox:sandboxes", '["snake"]');
    request.setConfigsecretkeysList(["nestbox:token"]);
  }
  const response = await new Promise<InstanceType<typeof language.RunResponse>>((resolve, reject) =>
    client.run(request, (error, answer) => (error ? reject(error) : resolve(answer))),
  );
  expect(response.toObject()).toEqual({ error: "", bail: false });
  return JSON.parse(readFileSync(join(folder, "report.json"), "utf8")) as Report;
}

test("the program's own @pulumi/pulumi runs it", async () => {
  const { argv } = await run();
  expect(argv.slice(1)).toEqual([
    join(folder, "node_modules/@pulumi/pulumi/cmd/run"),
    ...["--monitor", "127.0.0.1:1", "--engine", engineAddress],
    ...["--organization", "organization", "--project", "nestbox"],
    ...["--root-directory", folder, "--stack", "dev", "--pwd", folder, "--parallel", "8"],
    "infra/index.ts",
  ]);
});

test("a preview gets --dry-run", async () => {
  expect((await run(program(), { isPreview: true })).argv).toContain("--dry-run");
});

test("nodeargs come first, and quotes keep blanks together", async () => {
  const { execArgv } = await run(
    program({ nodeargs: `--stack-trace-limit=0 --title='a b' "--conditions=x y"` }),
  );
  expect(execArgv).toEqual(["--stack-trace-limit=0", "--title=a b", "--conditions=x y"]);
});

test("Pulumi compiles TypeScript unless the option is false", async () => {
  expect((await run()).env.PULUMI_NODEJS_TYPESCRIPT).toBe("true");
  expect((await run(program({ typescript: false }))).env.PULUMI_NODEJS_TYPESCRIPT).toBe("false");
});

test("configuration and the name of tsconfig.json are in the variables of Pulumi's SDK", async () => {
  const { env } = await run(program({ tsconfig: "infra/tsconfig.json", packagemanager: "npm" }));
  expect(JSON.parse(env.PULUMI_CONFIG ?? "")).toEqual({ "nestbox:sandboxes": '["snake"]' });
  expect(JSON.parse(env.PULUMI_CONFIG_SECRET_KEYS ?? "")).toEqual(["nestbox:token"]);
  expect(env.PULUMI_NODEJS_TSCONFIG_PATH).toBe("infra/tsconfig.json");
  expect(env.NODE_COMPILE_CACHE).toBeTruthy();
});

test("a stack without configuration has an empty one", async () => {
  const { env } = await run(program(), { isConfigured: false });
  expect([env.PULUMI_CONFIG, env.PULUMI_CONFIG_SECRET_KEYS]).toEqual(["{}", "[]"]);
});

test.each([
  [{ typescirpt: false }, /Pulumi\.yaml: runtime\.options: unknown field "typescirpt"/],
  [{ typescript: "yes" }, /Pulumi\.yaml: runtime\.options: .*typescript of type bool/],
  [{ nodeargs: "'" }, /Pulumi\.yaml: runtime\.options: EOF found when expecting closing quote/],
])("wrong options %j are an error with their place", async (options, message) => {
  await expect(run(program(options))).rejects.toThrow(message);
});

test("a program without @pulumi/pulumi is an error that names its folder", async () => {
  await expect(run(program({}, "/"))).rejects.toThrow(
    "/: @pulumi/pulumi is not installed; run npm install there",
  );
});

test("dependencies have their installed versions, those of a folder above, too", async () => {
  const below = join(folder, "infra");
  mkdirSync(below);
  const manifest = { dependencies: { "@pulumi/pulumi": "^3" }, devDependencies: { "not-installed": "*" } };
  writeFileSync(join(below, "package.json"), JSON.stringify(manifest));
  const request = new language.GetProgramDependenciesRequest();
  request.setInfo(program({}, below));
  const response = await new Promise<InstanceType<typeof language.GetProgramDependenciesResponse>>(
    (resolve, reject) =>
      client.getProgramDependencies(request, (error, answer) => (error ? reject(error) : resolve(answer))),
  );
  expect(response.toObject().dependenciesList).toEqual([
    { name: "@pulumi/pulumi", version: "3.1.4" },
    { name: "not-installed", version: "" },
  ]);
});
