import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { connect } from "../../bench/connect.ts";
import type { DockerHost } from "../../src/docker/host.ts";
import { certificateBundle } from "../../src/machine/certificate-bundle.ts";
import { HTPASSWD, LOGIN, makeCertificate, REGISTRY_VARIABLES } from "../registry/registry-files.ts";

/** A registry like that of a GitLab project, with a certificate and a login. */
export interface ProjectRegistry {
  /** Its host and port, for containers of its engine and for this machine. */
  readonly address: string;
  readonly login: { readonly username: string; readonly password: string };
  /** A file with its certificate and the authorities that this machine trusts. */
  readonly authorities: string;
  /** The digests of an image, by tag; undefined without the image. */
  digestOf(image: string, tag: string): Promise<string | undefined>;
  remove(): Promise<void>;
}

/** The kinds of images that builders push. The registry converts another kind, to another digest. */
const MANIFESTS = [
  ...["application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"],
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** The port in its container. */
const PORT = 5000;

interface RegistryPlace {
  readonly engine: DockerHost;
  /** The address of the engine's machine that it listens on. */
  readonly hostname: string;
  /** @default 5000 */
  readonly port?: number;
}

/** Starts it on an engine that accepts any certificate: Docker does for 127.0.0.0/8. */
export async function projectRegistry({
  engine,
  hostname,
  port = PORT,
}: RegistryPlace): Promise<ProjectRegistry> {
  const address = `${hostname}:${port}`;
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-registry-"));
  const certificate = makeCertificate(folder, hostname);
  const authorities = path.join(folder, "authorities.pem");
  const known = certificateBundle(process.env);
  writeFileSync(
    authorities,
    `${known === undefined ? "" : readFileSync(known, "utf8")}\n${certificate.public}`,
  );
  const docker = await connect(engine);
  const container = await docker.createContainer({
    Image: "registry:3",
    Env: [...REGISTRY_VARIABLES],
    HostConfig: { PortBindings: { [`${PORT}/tcp`]: [{ HostIp: hostname, HostPort: String(port) }] } },
  });
  const files = pack();
  files.entry({ name: "secrets/cert.pem" }, certificate.public);
  files.entry({ name: "secrets/key.pem" }, certificate.private);
  files.entry({ name: "secrets/htpasswd" }, HTPASSWD);
  files.finalize();
  await container.putArchive(Readable.from(files), { path: "/" });
  await container.start();
  const ask = (words: readonly string[]) =>
    execFileSync(
      "curl",
      ["--silent", "--cacert", authorities, "--user", `${LOGIN.username}:${LOGIN.password}`, ...words],
      { encoding: "utf8" },
    );
  const remove = async () => {
    rmSync(folder, { recursive: true, force: true });
    await container.remove({ force: true, v: true });
  };
  try {
    // Docker's proxy on the loopback accepts connections, and resets them, before the registry listens.
    const retries = ["--retry", "100", "--retry-all-errors", "--retry-delay", "1"];
    const words = ["--silent", "--cacert", authorities, ...retries, `https://${address}/v2/`];
    execFileSync("curl", words);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    address,
    login: LOGIN,
    authorities,
    async digestOf(image, tag) {
      const accept = `Accept: ${MANIFESTS.join(", ")}`;
      const headers = ask(["--head", "--header", accept, `https://${address}/v2/${image}/manifests/${tag}`]);
      return /^docker-content-digest: (\S+)/im.exec(headers)?.[1];
    },
    remove,
  };
}
