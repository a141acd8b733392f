import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { unary } from "./unary.ts";

type Struct = InstanceType<typeof structPb.Struct>;
type PlainValues = Readonly<Record<string, unknown>>;

/** The properties of a message from the engine, as plain values. */
export function fromStruct(struct: Struct | undefined): PlainValues {
  return struct?.toJavaScript() ?? {};
}

/** Plain values for a message to the engine, without undefined ones. */
export function toStruct(properties: PlainValues): Struct {
  const defined = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
  return structPb.Struct.fromJavaScript(defined as Parameters<typeof structPb.Struct.fromJavaScript>[0]);
}

/** The methods that are the same for all providers. */
export function providerBasics(
  { name, version }: { readonly name: string; readonly version: string },
  cancel: () => void,
): UntypedServiceImplementation {
  return {
    handshake: unary(() => {
      const response = new provider.ProviderHandshakeResponse();
      response.setAcceptSecrets(false);
      return response;
    }),
    attach: unary(() => new empty.Empty()),
    getPluginInfo: unary(() => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(version);
      return info;
    }),
    getSchema: unary(() => {
      const response = new provider.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name, version }));
      return response;
    }),
    getMapping: unary(() => new provider.GetMappingResponse()),
    getMappings: unary(() => new provider.GetMappingsResponse()),
    cancel: unary(() => {
      cancel();
      return new empty.Empty();
    }),
  };
}

/** The answer to Configure: the provider supports previews. */
export function configured() {
  const response = new provider.ConfigureResponse();
  response.setSupportspreview(true);
  return response;
}

/** The answer to Check: the inputs, and their problems. */
export function checkResponse(
  inputs: PlainValues,
  problems: readonly { readonly property: string; readonly reason: string }[],
) {
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

/** The answer to Diff: the changed properties, and those that force replacement. */
export function diffResponse(diff: {
  readonly changed: readonly string[];
  readonly replaces: readonly string[];
  /** @default false */
  readonly deleteBeforeReplace?: boolean;
}) {
  const response = new provider.DiffResponse();
  const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
  response.setChanges(diff.changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList([...diff.changed]);
  response.setReplacesList([...diff.replaces]);
  response.setDeletebeforereplace(diff.deleteBeforeReplace ?? false);
  return response;
}
