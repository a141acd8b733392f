import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ownVersion } from "../../src/machine/installed-packages.ts";

const MAIN = join(__dirname, "../../src/cli/main.mjs");

/** A double of nestbox-airgap whose cluster takes forever to start, and a moment to tidy up. */
const AIRGAP = `
exports.CannotCompile = class extends Error {};
exports.runningEngine = () => undefined;
exports.startCluster = async ({ dependencies, signal }) => {
  try {
    const onLine = () => console.log("working");
    await dependencies.runChild({ command: "sh", args: ["-c", "echo ready; sleep 1000"], signal, onLine });
  } finally {
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log("tidied up");
  }
};`;

let project: string;
let engine: Server;

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "nestbox-interruption-"));
  const airgap = join(project, "node_modules/nestbox-airgap");
  mkdirSync(airgap, { recursive: true });
  writeFileSync(
    join(airgap, "package.json"),
    JSON.stringify({ version: ownVersion(), exports: "./index.cjs" }),
  );
  writeFileSync(join(airgap, "index.cjs"), AIRGAP);
  engine = createServer((_, answer) => answer.writeHead(200, { server: "Docker/27.0.0" }).end("OK"));
  engine.listen(0, "127.0.0.1");
  await once(engine, "listening");
});

afterAll(() => {
  engine.close();
  rmSync(project, { recursive: true });
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s ends a set-up with its clean-up, then the command by the same signal and without an error",
  async (signal) => {
    const { port } = engine.address() as AddressInfo;
    const command = spawn(process.execPath, [MAIN, "--project", project, "cluster", "start"], {
      env: { ...process.env, DOCKER_HOST: `tcp://127.0.0.1:${port}`, NESTBOX_CACHE: join(project, "cache") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const errors = text(command.stderr);
    let output = "";
    command.stdout.on("data", (data) => {
      if (output === "") command.kill(signal);
      output += data;
    });
    const [code, endedBy] = await once(command, "close");
    expect(output).toBe("working\ntidied up\n");
    expect(await errors).toMatch(/^✗ Kubernetes cluster +\d+\.\ds\n$/);
    expect({ code, endedBy }).toEqual({ code: null, endedBy: signal });
  },
);
