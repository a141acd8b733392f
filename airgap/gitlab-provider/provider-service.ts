import {
  type Server,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { GitLabAccount } from "./gitlab-api.ts";
import {
  changedInputs,
  createRunner,
  deleteRunner,
  type InputProblem,
  type RunnerProperties,
  readRunner,
  replacingInputs,
  runnerProblems,
  UNKNOWN,
  updateRunner,
} from "./user-runner.ts";

/** The version of Pulumi's GitLab provider that this one stands in for. */
const CONTRACT_VERSION = "10.1.1";
const USER_RUNNER = "gitlab:index/userRunner:UserRunner";
const GITLAB_COM = "https://gitlab.com/api/v4/";

/** What this provider cannot do, or lacks. The message names the remedy. */
class NotPossible extends Error {
  override readonly name = "NotPossible";
}

/**
 * Adds Pulumi's ResourceProvider service for runners. Checks and diffs are computed here; the rest asks GitLab.
 *
 * @returns what must be called before the process ends
 */
export function addProviderService(server: Server): () => void {
  const cancelled = new AbortController();
  const patience = { signal: cancelled.signal };
  let configured: { readonly token?: string | undefined; readonly baseUrl?: string | undefined } = {};

  const account = (): GitLabAccount => {
    const token = configured.token || process.env.GITLAB_TOKEN;
    if (!token) {
      throw new NotPossible(
        "no token for GitLab: set GITLAB_TOKEN, or pulumi config set --secret gitlab:token, to one with the scopes create_runner and manage_runner",
      );
    }
    return { token, baseUrl: configured.baseUrl || process.env.GITLAB_BASE_URL || GITLAB_COM };
  };

  const methods: UntypedServiceImplementation = {
    handshake: unary(() => new provider.ProviderHandshakeResponse()),
    attach: unary(() => new empty.Empty()),
    getPluginInfo: unary(() => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(CONTRACT_VERSION);
      return info;
    }),
    getSchema: unary(() => {
      const response = new provider.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: "gitlab", version: CONTRACT_VERSION }));
      return response;
    }),
    getMapping: unary(() => new provider.GetMappingResponse()),
    getMappings: unary(() => new provider.GetMappingsResponse()),
    cancel: unary(() => {
      cancelled.abort();
      return new empty.Empty();
    }),
    checkConfig: unary((request: InstanceType<typeof provider.CheckRequest>) =>
      checkResponse(fromStruct(request.getNews()), []),
    ),
    diffConfig: unary((request: InstanceType<typeof provider.DiffRequest>) => {
      const [before, after] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      const response = new provider.DiffResponse();
      const differs = JSON.stringify(before) !== JSON.stringify(after);
      response.setChanges(differs ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE);
      return response;
    }),
    configure: unary((request: InstanceType<typeof provider.ConfigureRequest>) => {
      const { token, baseUrl } = fromStruct(request.getArgs());
      configured = { token: plainText(token), baseUrl: plainText(baseUrl) };
      const response = new provider.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),

    check: unary((request: InstanceType<typeof provider.CheckRequest>) => {
      requireUserRunner(request.getUrn());
      const inputs = fromStruct(request.getNews());
      return checkResponse(inputs, runnerProblems(inputs));
    }),
    diff: unary((request: InstanceType<typeof provider.DiffRequest>) => {
      const before = fromStruct(request.getOldInputs() ?? request.getOlds());
      const changed = changedInputs(before, fromStruct(request.getNews()));
      const response = new provider.DiffResponse();
      response.setChanges(changed.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE);
      response.setDiffsList([...changed]);
      response.setReplacesList([...replacingInputs(changed)]);
      return response;
    }),
    create: unary(async (request: InstanceType<typeof provider.CreateRequest>) => {
      const inputs = fromStruct(request.getProperties());
      const response = new provider.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(toStruct({ ...inputs, token: UNKNOWN, tokenExpiresAt: UNKNOWN }));
        return response;
      }
      const { id, ...told } = await createRunner(account(), inputs, patience);
      response.setId(id);
      response.setProperties(toStruct({ ...inputs, ...told }));
      return response;
    }),
    read: unary(async (request: InstanceType<typeof provider.ReadRequest>) => {
      const seen = await readRunner(account(), request.getId(), patience);
      const response = new provider.ReadResponse();
      if (seen === undefined) return response;
      // GitLab fills in what nobody has said; only what was said can drift. An imported runner says everything.
      const said = request.hasInputs() ? fromStruct(request.getInputs()) : {};
      const names = Object.keys(said).length > 0 ? Object.keys(said) : Object.keys(seen);
      const inputs = Object.fromEntries(names.flatMap((name) => (name in seen ? [[name, seen[name]]] : [])));
      response.setId(request.getId());
      response.setInputs(toStruct(inputs));
      response.setProperties(toStruct({ ...inputs, ...toldOnce(fromStruct(request.getProperties())) }));
      return response;
    }),
    update: unary(async (request: InstanceType<typeof provider.UpdateRequest>) => {
      const after = fromStruct(request.getNews());
      const before = fromStruct(request.getOldInputs() ?? request.getOlds());
      if (!request.getPreview()) await updateRunner(account(), request.getId(), before, after, patience);
      const response = new provider.UpdateResponse();
      response.setProperties(toStruct({ ...after, ...toldOnce(fromStruct(request.getOlds())) }));
      return response;
    }),
    delete: unary(async (request: InstanceType<typeof provider.DeleteRequest>) => {
      await deleteRunner(account(), request.getId(), patience);
      return new empty.Empty();
    }),
  };
  server.addService(providerServices.ResourceProviderService, methods);
  return () => cancelled.abort();
}

/** What GitLab says when it creates a runner and never again. */
function toldOnce({ token, tokenExpiresAt }: RunnerProperties): RunnerProperties {
  return {
    ...(token !== undefined && { token }),
    ...(tokenExpiresAt !== undefined && { tokenExpiresAt }),
  };
}

const { DiffChanges } = provider.DiffResponse;

function requireUserRunner(urn: string): void {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  if (type === USER_RUNNER) return;
  throw new NotPossible(
    `this stand-in for the GitLab provider has no ${type}: install the official plugin (pulumi plugin install resource gitlab ${CONTRACT_VERSION})`,
  );
}

function checkResponse(inputs: RunnerProperties, problems: readonly InputProblem[]) {
  const response = new provider.CheckResponse();
  response.setInputs(toStruct(inputs));
  for (const { property, reason } of problems) {
    const failure = new provider.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

function fromStruct(struct: structPb.Struct | undefined): RunnerProperties {
  const values = (struct?.toJavaScript() ?? {}) as RunnerProperties;
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => value !== null && !name.startsWith("__")),
  );
}

/** A provider's own inputs come with their secrets wrapped: https://www.pulumi.com/docs/iac/guides/building-extending/providers/implementers/types/ */
function plainText(input: unknown): string | undefined {
  const value = typeof input === "object" && input !== null ? (input as { value?: unknown }).value : input;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function toStruct(properties: RunnerProperties): structPb.Struct {
  return structPb.Struct.fromJavaScript(properties as Parameters<typeof structPb.Struct.fromJavaScript>[0]);
}

/** A gRPC method of a function. An error goes to the engine with its message alone. */
function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return async (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    try {
      callback(null, await answer(call.request));
    } catch (error) {
      callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
    }
  };
}
