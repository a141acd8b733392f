import { spawn } from "node:child_process";
import { knownVersion } from "./known-version.ts";

/** Milliseconds that a plugin has to start and answer. */
const LIMIT = 10_000;

/** The version that a Pulumi plugin reports, without a leading v; undefined for one that does not start or answer. */
export async function pluginVersion(
  command: string,
  cache: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const version = await knownVersion(command, cache, () => askPlugin(command, signal));
  signal.throwIfAborted();
  return version;
}

async function askPlugin(command: string, outer: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(LIMIT)]);
  // Its argument is where Pulumi's engine listens, which a plugin that is only asked never calls.
  const plugin = spawn(command, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "ignore"], signal });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      plugin.once("error", reject);
      plugin.once("exit", () => reject(new Error("it ended")));
      plugin.stdout.once("data", (line: Buffer) => resolve(line.toString().trim()));
    });
    return await infoAt(`127.0.0.1:${port}`);
  } finally {
    plugin.kill();
  }
}

async function infoAt(address: string): Promise<string> {
  // Loaded here, because only whoever has a plugin of their own pays for it.
  const [{ Client, credentials }, { default: empty }, { default: plugin }] = await Promise.all([
    import("@grpc/grpc-js"),
    import("google-protobuf/google/protobuf/empty_pb.js"),
    import("@pulumi/pulumi/proto/plugin_pb.js"),
  ]);
  const client = new Client(address, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        "/pulumirpc.ResourceProvider/GetPluginInfo",
        (request: InstanceType<typeof empty.Empty>) => Buffer.from(request.serializeBinary()),
        (bytes) => plugin.PluginInfo.deserializeBinary(bytes),
        new empty.Empty(),
        { deadline: Date.now() + LIMIT },
        (error, info) => (error === null ? resolve(info?.getVersion() ?? "") : reject(error)),
      );
    });
  } finally {
    client.close();
  }
}
