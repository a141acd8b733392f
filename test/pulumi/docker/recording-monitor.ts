import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import {
  type MockMonitor,
  type MockResourceArgs,
  type Mocks,
  setMocks,
} from "@pulumi/pulumi/runtime/mocks.js";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { disconnect, getMonitor } from "@pulumi/pulumi/runtime/settings.js";

/** Property values as they travel to the engine: JSON, with marks for secrets and for what is unknown. */
export type Properties = Readonly<Record<string, unknown>>;

/** A resource as a program asked Pulumi for it. */
export interface RegisteredResource {
  readonly type: string;
  readonly name: string;
  /** The URN of its parent. */
  readonly parent: string;
  /** The URNs of what it waits for, whether it says so or uses its outputs. */
  readonly dependencies: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  /** The plugin's version that it asks for; empty for none. */
  readonly version: string;
  /** The provider that is to make it, by URN and id; empty for the default one. */
  readonly provider: string;
  readonly additionalSecretOutputs: readonly string[];
  readonly inputs: Properties;
}

/** What a program did. */
export interface Recording {
  readonly resources: readonly RegisteredResource[];
  /** What components registered as their outputs, by URN. */
  readonly outputs: ReadonlyMap<string, Properties>;
}

/** Says what a resource's provider makes of its inputs. In a preview, what it leaves out is unknown. */
export type Provider = (resource: MockResourceArgs) => { readonly id?: string; readonly state: Properties };

/**
 * Runs a program against a double of the Pulumi engine that writes down the whole of what it is asked for.
 */
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

/** A value as it travels to the engine when it is secret. */
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
