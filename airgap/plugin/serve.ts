import { Server, ServerCredentials } from "@grpc/grpc-js";
import { whenEngineEnds } from "./engine-end.ts";

/** The limit of a message, in bytes, as in Pulumi's own plugins. */
const MESSAGE_LIMIT = 400 * 1024 * 1024;

/**
 * Serves a Pulumi plugin: listens on a free port of the loopback and prints the port for the engine.
 * Ends the process when the engine ends.
 *
 * @param args the command line without node and script; its last argument is the engine's address
 * @param addServices adds the plugin's gRPC services; returns a function to call before the process ends
 */
export async function servePlugin(
  args: readonly string[],
  addServices: (server: Server) => () => void,
): Promise<void> {
  const server = new Server({
    "grpc.max_receive_message_length": MESSAGE_LIMIT,
    "grpc.max_send_message_length": MESSAGE_LIMIT,
  });
  const stop = addServices(server);
  const end = () => {
    stop();
    process.exit(0);
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  const engineAddress = args.at(-1);
  // Without an address the plugin was started by hand.
  if (engineAddress !== undefined) whenEngineEnds(engineAddress, end);
  // Running requests must be answered: the engine would not record a created object otherwise.
  process.on("uncaughtException", (error) => console.error(error));

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  process.stdout.write(`${port}\n`);
}
