import { mkdtempSync } from "node:fs";
import path from "node:path";
import { succeed } from "../../bench/engines/machine.ts";
import { provideImages } from "../../bench/engines/started-engine.ts";
import { twoMachines } from "../../bench/engines/two-machines.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import { engineCases } from "./engine-cases.ts";

const CERTIFICATES = path.resolve(__dirname, "../../airgap/images/docker-dind/make-certificates.sh");

/** Makes an authority and certificates, and starts Docker with them on TCP: SCRIPT FOLDER */
const DOCKERD = `sh "$1" "$2" && exec dockerd --host=unix:///var/run/docker.sock --host=tcp://0.0.0.0:2376 \\
  --tlsverify --tlscacert="$2/server/ca.pem" --tlscert="$2/server/cert.pem" --tlskey="$2/server/key.pem"`;

// Debian 12's Docker on another machine, by TCP with TLS.
engineCases(async () => {
  const folder = mkdtempSync(path.join(RUN_FOLDER, "certificates-"));
  const { engine, client, remove } = await twoMachines({
    folder: RUN_FOLDER,
    command: ["tini", "--", "sh", "-c", DOCKERD, "dockerd", CERTIFICATES, folder],
  });
  await provideImages(engine, {}, RUN_FOLDER);
  const variables = {
    DOCKER_HOST: "tcp://docker:2376",
    DOCKER_TLS_VERIFY: "1",
    DOCKER_CERT_PATH: path.join(folder, "client"),
  };
  await succeed(client, ["docker", "version"], variables);
  return { machine: client, variables, remove };
});
