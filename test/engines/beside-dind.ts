import { mkdtempSync } from "node:fs";
import path from "node:path";
import { provideImages, type StartedEngine } from "../../bench/engines/started-engine.ts";
import { twoMachines } from "../../bench/engines/two-machines.ts";
import { RUN_FOLDER } from "../run-folder.ts";

/**
 * A job's container beside a service `docker:dind`, on a network of both, as GitLab starts them.
 * @param isTls whether on port 2376 with the certificates that the service makes, or on 2375
 */
export async function besideDind(isTls: boolean): Promise<StartedEngine> {
  const certificates = mkdtempSync(path.join(RUN_FOLDER, "certificates-"));
  const { engine, client, remove } = await twoMachines({
    folder: RUN_FOLDER,
    image: "docker:dind",
    options: [`--volume=${certificates}:/certs`, `--env=DOCKER_TLS_CERTDIR=${isTls ? "/certs" : ""}`],
    command: isTls ? [] : ["--tls=false"],
  });
  const tls = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: path.join(certificates, "client") };
  const variables = isTls
    ? { DOCKER_HOST: "tcp://docker:2376", ...tls }
    : { DOCKER_HOST: "tcp://docker:2375" };
  await provideImages(client, variables, RUN_FOLDER);
  return { machine: client, engineMachine: engine, variables, remove };
}
