import { spawn } from "node:child_process";
import { connect } from "node:http2";
import { knownVersion, type VersionPlaces } from "./known-version.ts";

/** Milliseconds for the start of a plugin, and for its answer. */
const LIMIT = 10_000;
/** Bytes before a gRPC message: a flag for compression, and the message's length. */
const MESSAGE_HEADER = 5;
/** Field 1, with a length before its bytes. */
const VERSION_TAG = 0x0a;

/** The version that a plugin reports, without a leading v; undefined if it does not start or answer. */
export async function pluginVersion(command: string, places: VersionPlaces): Promise<string | undefined> {
  const version = await knownVersion(command, places, () => askPlugin(command, places));
  places.signal.throwIfAborted();
  return version;
}

async function askPlugin(command: string, places: VersionPlaces): Promise<string> {
  const signal = AbortSignal.any([places.signal, AbortSignal.timeout(LIMIT)]);
  // Its argument is the address of Pulumi's engine, which GetPluginInfo never calls.
  const plugin = spawn(command, ["127.0.0.1:1"], {
    env: places.environment,
    stdio: ["ignore", "pipe", "ignore"],
    signal,
  });
  try {
    const port = await new Promise<string>((resolve, reject) => {
      plugin.once("error", reject);
      plugin.once("exit", () => reject(new Error("it ended")));
      plugin.stdout.once("data", (line: Buffer) => resolve(line.toString().trim()));
    });
    return await infoAt(`http://127.0.0.1:${port}`, signal);
  } finally {
    plugin.kill();
  }
}

/** Calls ResourceProvider.GetPluginInfo: one gRPC call, for which the command line needs no gRPC library. */
async function infoAt(address: string, signal: AbortSignal): Promise<string> {
  const session = connect(address);
  // A failure of the session is one of its call, too.
  session.on("error", () => {});
  try {
    const call = session.request(
      {
        ":method": "POST",
        ":path": "/pulumirpc.ResourceProvider/GetPluginInfo",
        ...{ "content-type": "application/grpc", te: "trailers" },
      },
      { signal },
    );
    call.end(Buffer.alloc(MESSAGE_HEADER));
    const answer = Buffer.concat(await call.toArray());
    return versionField(answer.subarray(MESSAGE_HEADER));
  } finally {
    session.destroy();
  }
}

/**
 * Field 1 of PluginInfo, its only one: a tag, a length and the text. "" for an answer without it.
 * Source: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/plugin.proto
 */
function versionField(message: Buffer): string {
  const [tag, length = 0] = message;
  return tag === VERSION_TAG ? message.toString("utf8", 2, 2 + length) : "";
}
