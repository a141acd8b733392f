import { Client, connectivityState, credentials } from "@grpc/grpc-js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";

/**
 * How loud a message is in the engine's output. `status` is shown beside the resource while it is being
 * worked on.
 */
export type Loudness = "status" | "info" | "warning";

/** What a plugin can tell the Pulumi engine that started it. */
export interface EngineLink {
  /**
   * Shows `message` at the resource named by `urn`. Never fails: a message that cannot be delivered is
   * dropped.
   */
  tell(loudness: Loudness, urn: string, message: string): void;
  /** Calls `then` once, when the engine's process has gone away without ending this plugin. */
  whenGone(then: () => void): void;
}

/** An engine that hears nothing: for plugins that are attached to by hand, and for tests. */
export const noEngine: EngineLink = { tell: () => {}, whenGone: () => {} };

/** Connects to the engine that listens at `address` ("127.0.0.1:40123", the plugin's last argument). */
export function linkToEngine(address: string): EngineLink {
  const client = new Client(address, credentials.createInsecure());
  return {
    tell(loudness, urn, message) {
      const request = new enginePb.LogRequest();
      request.setSeverity(loudness === "warning" ? enginePb.LogSeverity.WARNING : enginePb.LogSeverity.INFO);
      request.setEphemeral(loudness === "status");
      request.setUrn(urn);
      request.setMessage(message);
      client.makeUnaryRequest(
        "/pulumirpc.Engine/Log",
        (log: InstanceType<typeof enginePb.LogRequest>) => Buffer.from(log.serializeBinary()),
        (bytes) => empty.Empty.deserializeBinary(bytes),
        request,
        () => {},
      );
    },
    whenGone(then) {
      const channel = client.getChannel();
      const watch = () => {
        const state = channel.getConnectivityState(true);
        if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN)
          return then();
        channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, watch);
      };
      watch();
    },
  };
}
