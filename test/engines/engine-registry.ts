import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { docker, type Machine, succeed } from "../../bench/engines/machine.ts";
import type { StartedEngine } from "../../bench/engines/started-engine.ts";
import { eventually } from "../eventually.ts";
import { HTPASSWD, LOGIN, makeCertificate, REGISTRY_VARIABLES } from "../registry/registry-files.ts";
import { RUN_FOLDER } from "../run-folder.ts";

/** By the name of its machine: without TLS, Docker tries registries on the loopback once more. */
function addressOn({ name }: Machine): string {
  return `${name}:5000`;
}

/** An image that takes a login. */
export function privateImageOn(engineMachine: Machine): string {
  return `${addressOn(engineMachine)}/team/cache:1`;
}

/** A registry with an image, which the engine itself has no longer. */
export interface EngineRegistry {
  readonly image: string;
  /** A folder for DOCKER_CONFIG, as after `docker login` with a password. @default the right one */
  login(password?: string): string;
  remove(): Promise<void>;
}

/**
 * Starts a registry on an engine's machine, with a password and a certificate of its own, which the engine
 * trusts.
 */
export async function startRegistry(engine: StartedEngine, engineMachine: Machine): Promise<EngineRegistry> {
  const folder = mkdtempSync(path.join(RUN_FOLDER, "registry-"));
  // The user of a machine may have another id.
  chmodSync(folder, 0o755);
  makeCertificate(folder, engineMachine.name);
  writeFileSync(path.join(folder, "htpasswd"), HTPASSWD);
  const address = addressOn(engineMachine);
  const image = privateImageOn(engineMachine);
  for (const all of ["/etc/docker/certs.d", "/etc/containers/certs.d"]) {
    const trusted = `${all}/${address}`;
    await docker("exec", engineMachine.name, "mkdir", "-p", trusted);
    await docker("cp", path.join(folder, "cert.pem"), `${engineMachine.name}:${trusted}/ca.crt`);
  }
  const variables = ["REGISTRY_HTTP_ADDR=:5000", ...REGISTRY_VARIABLES].map((text) => `--env=${text}`);
  const name = `${engineMachine.name}-registry`;
  const options = [
    `--name=${name}`,
    `--network=container:${engineMachine.name}`,
    `--volume=${folder}:/secrets`,
  ];
  await docker("run", "--detach", "--rm", ...options, ...variables, "registry:3");
  const login = (password = LOGIN.password) => loginFolder(folder, address, password);
  const command = (...words: readonly string[]) =>
    succeed(engine.machine, ["docker", `--config=${login()}`, ...words], engine.variables);
  await command("tag", "redis:7-alpine", image);
  await eventually(() => command("push", image), { within: "30s" });
  await command("image", "rm", image);
  return { image, login, remove: async () => void (await docker("rm", "--force", "--volumes", name)) };
}

function loginFolder(folder: string, address: string, password: string): string {
  const logins = path.join(folder, password);
  const auth = Buffer.from(`${LOGIN.username}:${password}`).toString("base64");
  mkdirSync(logins, { recursive: true });
  writeFileSync(path.join(logins, "config.json"), JSON.stringify({ auths: { [address]: { auth } } }));
  return logins;
}
