import grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import resourceService from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resourceMessages from "@pulumi/pulumi/proto/resource_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

/** Starts a double of Pulumi's engine that accepts every resource at once: only the program is timed. */
export async function startFakeEngine() {
  let registered = 0;
  const server = new grpc.Server();
  server.addService(resourceService.ResourceMonitorService, {
    supportsFeature: answer(() => {
      const response = new resourceMessages.SupportsFeatureResponse();
      response.setHassupport(true);
      return response;
    }),
    registerResource: answer((request: InstanceType<typeof resourceMessages.RegisterResourceRequest>) => {
      registered++;
      const response = new resourceMessages.RegisterResourceResponse();
      response.setUrn(`urn:pulumi:bench::bench::${request.getType()}::${request.getName()}`);
      response.setId(`id-of-${request.getName()}`);
      const outputs = request.getObject()?.toJavaScript() ?? {};
      response.setObject(
        struct.Struct.fromJavaScript({ ...outputs, name: request.getName(), imageId: "sha256:0" }),
      );
      return response;
    }),
    registerResourceOutputs: answer(() => new empty.Empty()),
    signalAndWaitForShutdown: answer(() => new empty.Empty()),
  } as unknown as grpc.UntypedServiceImplementation);
  server.addService(engineService.EngineService, {
    log: answer(() => new empty.Empty()),
    getRootResource: answer(() => new engineMessages.GetRootResourceResponse()),
    setRootResource: answer(() => new engineMessages.SetRootResourceResponse()),
  } as unknown as grpc.UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    /** The number of resources registered since the last call. */
    takeCount: () => {
      const count = registered;
      registered = 0;
      return count;
    },
    close: () => server.forceShutdown(),
  };
}

function answer<Request, Response>(respond: (request: Request) => Response) {
  return (call: { readonly request: Request }, callback: (error: null, response: Response) => void) =>
    callback(null, respond(call.request));
}
