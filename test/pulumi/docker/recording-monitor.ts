import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import {
  type MockMonitor,
  type MockResourceArgs,
  type Mocks,
  setMocks,
} from "@pulumi/pulumi/runtime/mocks.js";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { disconnect, getMonitor } from "@pulumi/pulumi/runtime/settings.js";

/** Property values as sent to the engine: JSON, with marks for secret and unknown values. */
export type Properties = Readonly<Record<string, unknown>>;

/** A resource that a program registered. */
export interface RegisteredResource {
  readonly type: string;
  readonly name: string;
  /** The URN of the parent. */
  readonly parent: string;
  /** The URNs of its dependencies, explicit or through outputs. */
  readonly dependencies: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** The requested version of the plugin. Empty for none. */
  readonly version: string;
  /** The provider, by URN and id. Empty for the default one. */
  readonly provider: string;
  readonly additionalSecretOutputs: readonly string[];
  readonly inputs: Properties;
}

/** The registrations of a program. */
export interface Recording {
  readonly resources: readonly RegisteredResource[];
  /** The registered outputs of components, by URN. */
  readonly outputs: ReadonlyMap<string, Properties>;
}

/** Returns the state of a resource for its inputs. In a preview, omitted properties are unknown. */
export type Provider = (resource: MockResourceArgs) => { readonly id?: string; readonly state: Properties };

/** Runs a program against a double of the Pulumi engine that records all registrations. */
export async function record(
  program: () => unknown,
  provider: Provider,
  { preview = false }: { readonly preview?: boolean } = {},
): Promise<Recording> {
  const resources: RegisteredResource[] = [];
  const outputs = new Map<string, Properties>();
  const mocks: Mocks = {
    newResource: (resource) => ({ id: undefined, ...provider(resource) }),
    call: () => ({}),
  };
  await setMocks(mocks, "example", "dev", preview);
  const monitor = getMonitor() as unknown as MockMonitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    resources.push(registeredResource(request));
    return register(request, callback);
  };
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    outputs.set(request.getUrn(), request.getOutputs().toJavaScript());
    registerOutputs(request, callback);
  };
  await program();
  await disconnect();
  return { resources, outputs };
}

/** A secret value as sent to the engine. */
export function secretProperty(value: unknown): Properties {
  return { [specialSigKey]: specialSecretSig, value };
}

function registeredResource(request: RegisterResourceRequest): RegisteredResource {
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    dependencies: request.getDependenciesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    version: request.getVersion(),
    provider: request.getProvider(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    inputs: request.getObject()?.toJavaScript() ?? {},
  };
}
