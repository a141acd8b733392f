import {
  Metadata,
  type Server,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { EngineLink } from "../plugin/engine-link.ts";
import { withName } from "./auto-name.ts";
import { type DockerEngine, dockerEngine } from "./docker-engine.ts";
import type { InputProblem } from "./property-shapes.ts";
import { changedProperties, inputProblems, ownInputs, withChange } from "./property-table.ts";
import { definedOnly, type Properties, unknownValue } from "./property-values.ts";
import { configProblems, configuredHost, providerProperties } from "./provider-config.ts";
import { type Existing, NotReady, type ResourceType, type Work } from "./resource-type.ts";

/** The version of @pulumi/docker whose types are the contract. */
const contractVersion = "5.2.0";

/** Kept in the outputs of a resource that exists and is not ready, so that the next update replaces it. */
const notReadyMark = "__notReady";

/** A resource type or a change that this provider does not know. The message names it and the remedy. */
export class NotSupported extends Error {
  override readonly name = "NotSupported";
}

/**
 * Adds Pulumi's ResourceProvider service for `types`. Checks and diffs are computed here; only what creates, reads,
 * changes or removes an object talks to the Docker engine.
 *
 * @returns what must be called before the process ends
 */
export function addProviderService(
  server: Server,
  types: Readonly<Record<string, ResourceType>>,
  pulumi: EngineLink,
): () => void {
  const cancelled = new AbortController();
  const removals = new Map<string, Promise<void>>();
  let docker: DockerEngine | undefined;

  const typeOf = (urn: string): ResourceType => {
    const name = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const type = types[name];
    if (type !== undefined) return type;
    throw new NotSupported(
      `this stand-in for the Docker provider has no ${name}: install the official plugin (pulumi plugin install resource docker ${contractVersion})`,
    );
  };
  const workOn = (urn: string, timeoutSeconds = 0): Work => {
    const { signal } = cancelled;
    docker ??= dockerEngine(configuredHost({}, process.env));
    return {
      engine: docker,
      signal:
        timeoutSeconds > 0 ? AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]) : signal,
      removals,
      tell: (loudness, message) => pulumi.tell(loudness, urn, message),
    };
  };

  const methods: UntypedServiceImplementation = {
    handshake: unary(() => {
      const response = new provider.ProviderHandshakeResponse();
      response.setAcceptSecrets(false);
      return response;
    }),
    attach: unary(() => new empty.Empty()),
    getPluginInfo: unary(() => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(contractVersion);
      return info;
    }),
    getSchema: unary(() => {
      const response = new provider.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: "docker", version: contractVersion }));
      return response;
    }),
    getMapping: unary(() => new provider.GetMappingResponse()),
    getMappings: unary(() => new provider.GetMappingsResponse()),
    cancel: unary(() => {
      cancelled.abort();
      return new empty.Empty();
    }),

    checkConfig: unary((request: InstanceType<typeof provider.CheckRequest>) => {
      const inputs = fromStruct(request.getNews());
      return checkResponse(inputs, configProblems(inputs));
    }),
    diffConfig: unary((request: InstanceType<typeof provider.DiffRequest>) => {
      const changed = changedProperties(
        providerProperties,
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
      );
      return diffResponse({ changed, replaces: [], deleteBeforeReplace: false });
    }),
    configure: unary((request: InstanceType<typeof provider.ConfigureRequest>) => {
      docker = dockerEngine(configuredHost(fromStruct(request.getArgs()), process.env));
      const response = new provider.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),

    check: unary((request: InstanceType<typeof provider.CheckRequest>) => {
      const type = typeOf(request.getUrn());
      const inputs = fromStruct(request.getNews());
      const named = type.autoNamed
        ? withName({
            logicalName: request.getUrn().split("::").at(-1) ?? "",
            inputs,
            oldInputs: fromStruct(request.getOlds()),
            seed: request.getRandomseed_asU8(),
          })
        : inputs;
      return checkResponse(named, [...inputProblems(type.table, inputs), ...type.problems(inputs)]);
    }),

    diff: unary((request: InstanceType<typeof provider.DiffRequest>) => {
      const type = typeOf(request.getUrn());
      const before = fromStruct(request.getOldInputs() ?? request.getOlds());
      const after = fromStruct(request.getNews());
      const changed = changedProperties(type.table, before, after);
      const replaces = withChange(type.table, changed, "replaces");
      if (fromStruct(request.getOlds())[notReadyMark] === true) replaces.push("wait");
      return diffResponse({
        changed: [...new Set([...changed, ...replaces])],
        replaces,
        deleteBeforeReplace: type.replacesByDeletingFirst(before, after),
      });
    }),

    create: unary(async (request: InstanceType<typeof provider.CreateRequest>) => {
      const type = typeOf(request.getUrn());
      const inputs = fromStruct(request.getProperties());
      const response = new provider.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(toStruct(previewOutputs(type, {}, inputs)));
        return response;
      }
      const { id, outputs } = await type.create(
        workOn(request.getUrn(), request.getTimeout()),
        ownInputs(inputs),
      );
      response.setId(id);
      response.setProperties(toStruct({ ...outputs }));
      return response;
    }),

    read: unary(async (request: InstanceType<typeof provider.ReadRequest>) => {
      const type = typeOf(request.getUrn());
      const said = request.hasInputs() ? fromStruct(request.getInputs()) : undefined;
      const seen = await type.read(workOn(request.getUrn()), request.getId(), said);
      const response = new provider.ReadResponse();
      if (seen === undefined) return response;
      if (seen.notReady !== undefined) throw new NotReadySeen(seen.notReady, seen, seen.inputs);
      response.setId(seen.id);
      response.setInputs(toStruct(seen.inputs));
      response.setProperties(toStruct(ownInputs(seen.outputs)));
      return response;
    }),

    update: unary(async (request: InstanceType<typeof provider.UpdateRequest>) => {
      const type = typeOf(request.getUrn());
      const state = fromStruct(request.getOlds());
      const before = fromStruct(request.getOldInputs() ?? request.getOlds());
      const after = fromStruct(request.getNews());
      refuseImpossible(type, request.getUrn(), changedProperties(type.table, before, after), after);
      const response = new provider.UpdateResponse();
      if (request.getPreview()) {
        response.setProperties(toStruct(previewOutputs(type, state, after)));
        return response;
      }
      const { outputs } = await type.update(
        workOn(request.getUrn(), request.getTimeout()),
        request.getId(),
        ownInputs(before),
        ownInputs(after),
      );
      response.setProperties(toStruct({ ...computedOf(type, state), ...outputs }));
      return response;
    }),

    delete: unary(async (request: InstanceType<typeof provider.DeleteRequest>) => {
      const type = typeOf(request.getUrn());
      const inputs = fromStruct(request.getOldInputs() ?? request.getProperties());
      await type.delete(workOn(request.getUrn()), request.getId(), ownInputs(inputs));
      return new empty.Empty();
    }),
  };
  server.addService(providerServices.ResourceProviderService, methods);
  return () => cancelled.abort();
}

/** A refreshed resource that is not ready. */
class NotReadySeen extends NotReady {
  readonly inputs: Properties;
  constructor(message: string, existing: Existing, inputs: Properties) {
    super(message, existing);
    this.inputs = inputs;
  }
}

/** Doing nothing about a change that no engine can make would be a lie. */
function refuseImpossible(
  type: ResourceType,
  urn: string,
  changed: readonly string[],
  inputs: Properties,
): void {
  const names = type.impossibleInPlace(changed, inputs);
  if (names.length === 0) return;
  const list = names.map((name) => `"${name}"`).join(", ");
  throw new NotSupported(
    `${urn.split("::").at(-1)}: Docker cannot make this change of ${names.join(", ")} in a container that exists: add replaceOnChanges: [${list}] to its options`,
  );
}

function previewOutputs(type: ResourceType, state: Properties, inputs: Properties): Properties {
  const unknown = Object.fromEntries(type.computed.map((name) => [name, unknownValue]));
  const completed = type.completed.filter((name) => inputs[name] !== undefined);
  const incomplete = Object.fromEntries(completed.map((name) => [name, state[name] ?? unknownValue]));
  return { ...unknown, ...computedOf(type, state), ...ownInputs(inputs), ...incomplete };
}

function computedOf(type: ResourceType, state: Properties): Properties {
  return definedOnly(Object.fromEntries(type.computed.map((name) => [name, state[name]])));
}

function checkResponse(inputs: Properties, problems: readonly InputProblem[]) {
  const response = new provider.CheckResponse();
  response.setInputs(toStruct(inputs));
  for (const { path, reason } of problems) {
    const failure = new provider.CheckFailure();
    failure.setProperty(path);
    failure.setReason(`${path} ${reason}`);
    response.addFailures(failure);
  }
  return response;
}

function diffResponse(diff: {
  readonly changed: readonly string[];
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}) {
  const response = new provider.DiffResponse();
  const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
  response.setChanges(diff.changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList([...diff.changed]);
  response.setReplacesList([...diff.replaces]);
  response.setDeletebeforereplace(diff.deleteBeforeReplace);
  return response;
}

function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return async (call: ServerUnaryCall<Request, Response>, respond: sendUnaryData<Response>) => {
    try {
      respond(null, await answer(call.request));
    } catch (error) {
      respond(error instanceof NotReady ? notReadyError(error) : serviceError(error));
    }
  };
}

function serviceError(error: unknown): Partial<ServiceError> {
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

/** The resource stays in the state with an initialization error. Source: grpcResponseFromError of @pulumi/pulumi/provider. */
function notReadyError(error: NotReady): Partial<ServiceError> {
  const failed = new provider.ErrorResourceInitFailed();
  failed.setId(error.existing.id);
  failed.setProperties(toStruct({ ...ownInputs(error.existing.outputs), [notReadyMark]: true }));
  failed.setReasonsList([error.message]);
  if (error instanceof NotReadySeen) failed.setInputs(toStruct(error.inputs));
  const detail = new anyPb.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rpcStatus = new statusPb.Status();
  rpcStatus.setCode(status.UNKNOWN);
  rpcStatus.setMessage(error.message);
  rpcStatus.addDetails(detail);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
  return { code: status.UNKNOWN, details: error.message, metadata };
}

type Struct = InstanceType<typeof structPb.Struct>;

function fromStruct(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

function toStruct(properties: Properties): Struct {
  return structPb.Struct.fromJavaScript(
    definedOnly(properties) as Parameters<typeof structPb.Struct.fromJavaScript>[0],
  );
}
