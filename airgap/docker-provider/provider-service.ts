import {
  Metadata,
  type Server,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { EngineLink } from "../plugin/engine-link.ts";
import {
  checkResponse,
  configured,
  diffResponse,
  fromStruct,
  providerBasics,
  toStruct,
} from "../plugin/provider-answers.ts";
import { serviceError, unary } from "../plugin/unary.ts";
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
    ...providerBasics({ name: "docker", version: contractVersion }, () => cancelled.abort()),

    checkConfig: method((request: InstanceType<typeof provider.CheckRequest>) => {
      const inputs = propertiesOf(request.getNews());
      return checked(inputs, configProblems(inputs));
    }),
    diffConfig: method((request: InstanceType<typeof provider.DiffRequest>) => {
      const changed = changedProperties(
        providerProperties,
        propertiesOf(request.getOlds()),
        propertiesOf(request.getNews()),
      );
      return diffResponse({ changed, replaces: [] });
    }),
    configure: method((request: InstanceType<typeof provider.ConfigureRequest>) => {
      docker = dockerEngine(configuredHost(propertiesOf(request.getArgs()), process.env));
      return configured();
    }),

    check: method((request: InstanceType<typeof provider.CheckRequest>) => {
      const type = typeOf(request.getUrn());
      const inputs = propertiesOf(request.getNews());
      const named = type.autoNamed
        ? withName({
            logicalName: request.getUrn().split("::").at(-1) ?? "",
            inputs,
            oldInputs: propertiesOf(request.getOlds()),
            seed: request.getRandomseed_asU8(),
          })
        : inputs;
      return checked(named, [...inputProblems(type.table, inputs), ...type.problems(inputs)]);
    }),

    diff: method((request: InstanceType<typeof provider.DiffRequest>) => {
      const type = typeOf(request.getUrn());
      const before = propertiesOf(request.getOldInputs() ?? request.getOlds());
      const after = propertiesOf(request.getNews());
      const changed = changedProperties(type.table, before, after);
      const replaces = withChange(type.table, changed, "replaces");
      if (propertiesOf(request.getOlds())[notReadyMark] === true) replaces.push("wait");
      return diffResponse({
        changed: [...new Set([...changed, ...replaces])],
        replaces,
        deleteBeforeReplace: type.replacesByDeletingFirst(before, after),
      });
    }),

    create: method(async (request: InstanceType<typeof provider.CreateRequest>) => {
      const type = typeOf(request.getUrn());
      const inputs = propertiesOf(request.getProperties());
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

    read: method(async (request: InstanceType<typeof provider.ReadRequest>) => {
      const type = typeOf(request.getUrn());
      const said = request.hasInputs() ? propertiesOf(request.getInputs()) : undefined;
      const seen = await type.read(workOn(request.getUrn()), request.getId(), said);
      const response = new provider.ReadResponse();
      if (seen === undefined) return response;
      if (seen.notReady !== undefined) throw new NotReadySeen(seen.notReady, seen, seen.inputs);
      response.setId(seen.id);
      response.setInputs(toStruct(seen.inputs));
      response.setProperties(toStruct(ownInputs(seen.outputs)));
      return response;
    }),

    update: method(async (request: InstanceType<typeof provider.UpdateRequest>) => {
      const type = typeOf(request.getUrn());
      const state = propertiesOf(request.getOlds());
      const before = propertiesOf(request.getOldInputs() ?? request.getOlds());
      const after = propertiesOf(request.getNews());
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

    delete: method(async (request: InstanceType<typeof provider.DeleteRequest>) => {
      const type = typeOf(request.getUrn());
      const inputs = propertiesOf(request.getOldInputs() ?? request.getProperties());
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

function checked(inputs: Properties, problems: readonly InputProblem[]) {
  const named = problems.map(({ path, reason }) => ({ property: path, reason: `${path} ${reason}` }));
  return checkResponse(inputs, named);
}

/** A gRPC method of a function. */
function method<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return unary(answer, explained);
}

function explained(error: unknown): Partial<ServiceError> {
  return error instanceof NotReady ? notReadyError(error) : serviceError(error);
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

function propertiesOf(struct: Parameters<typeof fromStruct>[0]): Properties {
  return fromStruct(struct) as Properties;
}
