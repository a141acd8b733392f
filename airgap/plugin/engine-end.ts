import { Client, connectivityState, credentials } from "@grpc/grpc-js";

/** Calls `then` once, when the engine at an address, "127.0.0.1:40123", ends without ending this plugin. */
export function whenEngineEnds(address: string, then: () => void): void {
  const channel = new Client(address, credentials.createInsecure()).getChannel();
  const watch = () => {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) return then();
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, watch);
  };
  watch();
}
