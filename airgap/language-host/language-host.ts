import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import languageServices from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { servePlugin } from "../plugin/serve.ts";
import { ProgramCannotRun } from "./program-cannot-run.ts";
import { type ProgramRun, programCommand } from "./program-command.ts";
import { programDependencies } from "./program-dependencies.ts";
import { type RunningPrograms, runningPrograms } from "./running-programs.ts";

/**
 * The exit code of a program that has shown its error itself.
 * Source: `nodeJSProcessExitedAfterLoggingUserActionableMessage` in @pulumi/pulumi/cmd/run.
 */
const ALREADY_EXPLAINED = 32;

/**
 * Serves Pulumi's language host for Node, which starts programs for the engine. Other methods, such as code
 * generation, are unimplemented.
 *
 * @param args the plugin's command line without node and script
 */
export async function serveLanguageHost(args: readonly string[]): Promise<void> {
  const programs = runningPrograms();
  await servePlugin(args, (server) => {
    addLanguageHost(server, args.at(-1) ?? "", programs);
    return () => programs.stopAll();
  });
}

function addLanguageHost(server: Server, engineAddressOnStart: string, programs: RunningPrograms): void {
  let engineAddress = engineAddressOnStart;
  const methods: UntypedServiceImplementation = {
    handshake: unary((request: InstanceType<typeof language.LanguageHandshakeRequest>) => {
      engineAddress = request.getEngineAddress() || engineAddress;
      return new language.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new pluginPb.PluginInfo()),
    getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(() => new language.GetRequiredPluginsResponse()),
    about: unary(() => {
      const answer = new language.AboutResponse();
      answer.setExecutable(process.execPath);
      answer.setVersion(process.version);
      return answer;
    }),
    getProgramDependencies: unary((request: InstanceType<typeof language.GetProgramDependenciesRequest>) => {
      const answer = new language.GetProgramDependenciesResponse();
      const folder = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
      for (const { name, version } of programDependencies(folder)) {
        const dependency = new language.DependencyInfo();
        dependency.setName(name);
        dependency.setVersion(version);
        answer.addDependencies(dependency);
      }
      return answer;
    }),
    run(call: RunCall, answer: sendUnaryData<RunResponse>) {
      runProgram(call, engineAddress, programs).then(
        (response) => answer(null, response),
        (error: unknown) => answer(asServiceError(error)),
      );
    },
    installDependencies: (call: InstallCall) => installDependencies(call, programs),
    cancel: unary(() => {
      programs.stopAll();
      return new empty.Empty();
    }),
  };
  server.addService(languageServices.LanguageRuntimeService, methods);
}

type RunResponse = InstanceType<typeof language.RunResponse>;
type RunCall = ServerUnaryCall<InstanceType<typeof language.RunRequest>, RunResponse>;
type InstallCall = ServerWritableStream<
  InstanceType<typeof language.InstallDependenciesRequest>,
  InstanceType<typeof language.InstallDependenciesResponse>
>;

async function runProgram(
  call: RunCall,
  engineAddress: string,
  programs: RunningPrograms,
): Promise<RunResponse> {
  const run = programRun(call.request);
  const { arguments: commandLine, environment } = programCommand(run, engineAddress);
  const program = programs.start(process.execPath, commandLine, { folder: run.workingFolder, environment });
  call.on("cancelled", program.stop);
  const end = await program.ended;

  const response = new language.RunResponse();
  if ("signal" in end) response.setError(`the program was ended by ${end.signal}`);
  else if (end.code === ALREADY_EXPLAINED) response.setBail(true);
  else if (end.code !== 0) response.setError(`the program ended with exit code ${end.code}`);
  return response;
}

function programRun(request: InstanceType<typeof language.RunRequest>): ProgramRun {
  const info = request.getInfo();
  const programFolder = info?.getProgramDirectory() || request.getPwd();
  return {
    programFolder,
    rootFolder: info?.getRootDirectory() || programFolder,
    workingFolder: request.getPwd() || programFolder,
    entryPoint: info?.getEntryPoint() || request.getProgram(),
    arguments: request.getArgsList(),
    options: info?.getOptions()?.toJavaScript() ?? {},
    monitorAddress: request.getMonitorAddress(),
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    config: Object.fromEntries(request.getConfigMap().toArray()),
    secretConfigKeys: request.getConfigsecretkeysList(),
    parallel: request.getParallel(),
    preview: request.getDryrun(),
  };
}

/** Runs npm install in a program's folder, for `pulumi install`. */
function installDependencies(call: InstallCall, programs: RunningPrograms): void {
  const npm = programs.start("npm", ["install", "--no-audit", "--no-fund"], {
    folder: call.request.getDirectory(),
    environment: {},
    output(stream, bytes) {
      const response = new language.InstallDependenciesResponse();
      if (stream === "stdout") response.setStdout(bytes);
      else response.setStderr(bytes);
      call.write(response);
    },
  });
  call.on("cancelled", npm.stop);
  npm.ended.then(
    (end) => {
      if ("code" in end && end.code === 0) call.end();
      else call.emit("error", asServiceError(new ProgramCannotRun("npm install failed; see its output")));
    },
    (error: unknown) => call.emit("error", asServiceError(error)),
  );
}

function unary<Request, Response>(answer: (request: Request) => Response) {
  return (call: ServerUnaryCall<Request, Response>, respond: sendUnaryData<Response>) => {
    try {
      respond(null, answer(call.request));
    } catch (error) {
      respond(asServiceError(error));
    }
  };
}

function asServiceError(error: unknown): Partial<ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: error instanceof ProgramCannotRun ? status.FAILED_PRECONDITION : status.UNKNOWN,
    details: message,
  };
}
