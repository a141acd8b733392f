import { spawn } from "node:child_process";
import { knownVersion, type VersionPlaces } from "./known-version.ts";

/** Milliseconds for the start of a plugin, and for its answer. */
const LIMIT = 10_000;

/** The version that a plugin reports, without a leading v; undefined if it does not start or answer. */
export async function pluginVersion(
  command: string,
  places: VersionPlaces & { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const version = await knownVersion(command, places, () => askPlugin(command, places.signal));
  places.signal.throwIfAborted();
  return version;
}

async function askPlugin(command: string, outer: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(LIMIT)]);
  // Its argument is the address of Pulumi's engine, which GetPluginInfo never calls.
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

/** Calls ResourceProvider.GetPluginInfo. Not with the Pulumi SDK, which the command line never loads. */
async function infoAt(address: string): Promise<string> {
  // Imported here: only a machine with a plugin on PATH needs them.
  const [{ Client, credentials }, { default: protobuf }] = await Promise.all([
    import("@grpc/grpc-js"),
    import("google-protobuf"),
  ]);
  const client = new Client(address, credentials.createInsecure());
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        "/pulumirpc.ResourceProvider/GetPluginInfo",
        () => Buffer.alloc(0),
        (answer) => versionField(new protobuf.BinaryReader(answer)),
        {},
        { deadline: Date.now() + LIMIT },
        (error, version) => (error === null ? resolve(version ?? "") : reject(error)),
      );
    });
  } finally {
    client.close();
  }
}

/** Field 1 of https://github.com/pulumi/pulumi/blob/master/proto/pulumi/plugin.proto's PluginInfo. */
function versionField(reader: import("google-protobuf").BinaryReader): string {
  while (reader.nextField()) {
    if (reader.getFieldNumber() === 1) return reader.readString();
    reader.skipField();
  }
  return "";
}
