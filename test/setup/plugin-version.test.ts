import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { pluginVersion } from "../../src/setup/plugin-version.ts";

const { signal } = new AbortController();

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const places = () => ({ cache: folder, environment: process.env, signal });

/** A double of a plugin: a script that listens and answers every request with `respond`. */
function plugin(respond: string): string {
  const file = join(folder, "plugin.cjs");
  writeFileSync(
    file,
    `#!${process.execPath}
const server = require("node:http2").createServer();
server.on("stream", (stream, headers) => { ${respond} });
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`,
    { mode: 0o755 },
  );
  return file;
}

/** A gRPC message: a flag, a length and its bytes. */
const message = (bytes: string) =>
  `const bytes = Buffer.from(${JSON.stringify(bytes)}), header = Buffer.alloc(5);
   header.writeUInt32BE(bytes.length, 1); stream.end(Buffer.concat([header, bytes]));`;

const RESPOND = 'stream.respond({ ":status": 200, "content-type": "application/grpc" });';

test("the version is that of the answer to GetPluginInfo", async () => {
  const isCall = 'headers[":path"] === "/pulumirpc.ResourceProvider/GetPluginInfo"';
  const command = plugin(`${RESPOND} if (${isCall}) { ${message("\n\x065.2.0!")} }`);
  expect(await pluginVersion(command, places())).toBe("5.2.0!");
});

test.each([
  ["answers without a version", `${RESPOND} ${message("")}`],
  ["refuses the call", 'stream.respond({ ":status": 200, "grpc-status": "12" }, { endStream: true });'],
  ["resets the call", "stream.close(2);"],
  ["ends", "process.exit(1);"],
])("a plugin that %s has no version", async (_, respond) => {
  expect(await pluginVersion(plugin(respond), places())).toBeUndefined();
});

test("a plugin that names a closed port has no version", async () => {
  const command = join(folder, "plugin.cjs");
  writeFileSync(command, `#!${process.execPath}\nconsole.log(1); setInterval(() => {}, 1000);`, {
    mode: 0o755,
  });
  expect(await pluginVersion(command, places())).toBeUndefined();
});
