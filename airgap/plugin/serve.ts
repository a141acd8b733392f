import { Server, ServerCredentials } from "@grpc/grpc-js";
import { type EngineLink, linkToEngine, noEngine } from "./engine-link.ts";

/** Large programs send large messages; this is the limit that Pulumi's own plugins use. */
const largestMessage = 400 * 1024 * 1024;

/**
 * Serves a Pulumi plugin: listens on a free port of the loopback interface and prints that port, which is how
 * the engine finds it. Ends the process when the engine goes away.
 *
 * @param args the command line without node and script: Pulumi puts the engine's address last
 * @param addServices adds the plugin's gRPC services; returns what must be stopped before the process ends
 */
export async function servePlugin(
  args: readonly string[],
  addServices: (server: Server, engine: EngineLink) => () => void,
): Promise<void> {
  const server = new Server({
    "grpc.max_receive_message_length": largestMessage,
    "grpc.max_send_message_length": largestMessage,
  });
  const engine = args.length === 0 ? noEngine : linkToEngine(args.at(-1) ?? "");
  const stop = addServices(server, engine);
  const end = () => {
    stop();
    process.exit(0);
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  engine.whenGone(end);
  // What is under way must still be answered: an object that the engine does not hear of is left behind.
  process.on("uncaughtException", (error) => console.error(error));

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  process.stdout.write(`${port}\n`);
}
