import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { callDocker } from "../../src/docker/api.ts";
import type { DockerHost } from "../../src/docker/host.ts";
import { dockerEngine } from "../../src/setup/docker-engine.ts";
import { SILENT } from "../silent-progress.ts";

let folder: string;
const servers: Server[] = [];
/** Servers that answer as engines do: by TLS, and plainly. */
let secure: string;
let plain: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-tls-"));
  const subject = ["-subj", "/CN=engine", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "ca.pem")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...key, ...files, ...subject], { stdio: "ignore" });
  execFileSync("cp", [join(folder, "ca.pem"), join(folder, "cert.pem")]);
  const answer: http.RequestListener = (_, response) => {
    response.setHeader("server", "Docker/26.1.5 (linux)").end("OK");
  };
  const tls = { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "ca.pem")) };
  secure = await listen(https.createServer(tls, answer));
  plain = await listen(http.createServer(answer));
});

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(engine: Partial<DockerHost>): Promise<string> {
  const docker = { host: secure, origin: "DOCKER_HOST", isChosen: true, ...engine };
  return text(await callDocker(docker, { method: "GET", path: "/_ping" }));
}

function findEngine(environment: Readonly<Record<string, string>>) {
  const { signal } = new AbortController();
  const request = { airgap: undefined, cache: folder, progress: SILENT, signal };
  return dockerEngine({ ...request, environment: { HOME: folder, ...environment } });
}

test("an engine with a certificate of its own, or taken unseen", async () => {
  expect(await ask({ certificates: folder })).toBe("OK");
  expect(await ask({ skipsVerification: true })).toBe("OK");
  const unknown = mkdtempSync(join(tmpdir(), "nestbox-tls-"));
  try {
    await expect(ask({ certificates: unknown })).rejects.toThrow(
      `DOCKER_HOST: no ca.pem in ${unknown}; put the engine's certificates there`,
    );
    writeFileSync(join(unknown, "ca.pem"), "");
    writeFileSync(join(unknown, "cert.pem"), "");
    await expect(ask({ certificates: unknown })).rejects.toThrow(`no key.pem in ${unknown}`);
    rmSync(join(unknown, "cert.pem"));
    await expect(ask({ certificates: unknown })).rejects.toThrow(
      /^DOCKER_HOST: TLS with the engine at tcp:\S+ failed: self-signed certificate; use the certificates/,
    );
  } finally {
    rmSync(unknown, { recursive: true });
  }
});

test("TLS with an engine that speaks none", async () => {
  await expect(ask({ host: plain, certificates: folder })).rejects.toThrow(
    `DOCKER_HOST: the engine at ${plain} speaks no TLS; unset DOCKER_TLS_VERIFY`,
  );
});

test("an engine that needs TLS, in the words of Docker", async () => {
  // A double: Go's server answers plain requests so, Node's closes the connection.
  const go = http.createServer((_, response) => {
    response.writeHead(400).end("Client sent an HTTP request to an HTTPS server.\n");
  });
  const host = await listen(go);
  await expect(ask({ host })).rejects.toThrow(
    `DOCKER_HOST: the engine at ${host} needs TLS; set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to`,
  );
  await expect(ask({ host, origin: "context lab" })).rejects.toThrow(
    /^context lab: .* docker context update/,
  );
});

test("a chosen engine that does not answer is reported with the cause", async () => {
  const tls = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: folder };
  await expect(findEngine({ DOCKER_HOST: plain, ...tls })).rejects.toThrow(
    `DOCKER_HOST: the engine at ${plain} speaks no TLS`,
  );
  await expect(findEngine({ DOCKER_HOST: "unix:///no/engine.sock" })).rejects.toThrow(
    "No Docker engine answers at unix:///no/engine.sock (DOCKER_HOST): connect ENOENT /no/engine.sock; " +
      "start it, or choose another engine",
  );
  await expect(findEngine({ DOCKER_HOST: secure })).rejects.toThrow(
    `No Docker engine answers at ${secure} (DOCKER_HOST): socket hang up; start it`,
  );
  expect(await findEngine({ DOCKER_HOST: secure, ...tls })).toMatchObject({ version: "Docker 26.1.5" });
});
