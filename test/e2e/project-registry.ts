import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { connect } from "../../bench/connect.ts";
import { certificateBundle } from "../../src/machine/certificate-bundle.ts";
import type { NestedEngine } from "./nested-engine.ts";

/** A registry like that of a GitLab project, with a certificate and a login. */
export interface ProjectRegistry {
  /** Its host and port, for containers of its engine and for this machine. */
  readonly address: string;
  readonly login: { readonly username: string; readonly password: string };
  /** A file with its certificate and the authorities that this machine trusts. */
  readonly authorities: string;
  /** The digests of an image, by tag; undefined without the image. */
  digestOf(image: string, tag: string): Promise<string | undefined>;
  remove(): void;
}

const PORT = 5000;
const LOGIN = { username: "project-bot", password: "registry-password" };
/** The hash of the password with bcrypt, which the registry requires. */
const HTPASSWD = `${LOGIN.username}:$2b$05$abcdefghijklmnopqrstuux7DVfxfgfXTmp/9Tsk6HzX2QQGjxePG\n`;

/** Starts it on an engine that accepts any certificate. It ends with its engine. */
export async function projectRegistry(engine: NestedEngine): Promise<ProjectRegistry> {
  const { hostname } = new URL(engine.host.host);
  const address = `${hostname}:${PORT}`;
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-registry-"));
  const certificate = makeCertificate(folder, hostname);
  const authorities = path.join(folder, "authorities.pem");
  const known = certificateBundle();
  writeFileSync(
    authorities,
    `${known === undefined ? "" : readFileSync(known, "utf8")}\n${certificate.public}`,
  );
  const docker = await connect(engine.host);
  const container = await docker.createContainer({
    Image: "registry:3",
    Env: [
      ...["REGISTRY_HTTP_TLS_CERTIFICATE=/secrets/cert.pem", "REGISTRY_HTTP_TLS_KEY=/secrets/key.pem"],
      ...["REGISTRY_AUTH=htpasswd", "REGISTRY_AUTH_HTPASSWD_REALM=project"],
      "REGISTRY_AUTH_HTPASSWD_PATH=/secrets/htpasswd",
    ],
    HostConfig: { PortBindings: { [`${PORT}/tcp`]: [{ HostPort: String(PORT) }] } },
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
  execFileSync("curl", [
    ...["--silent", "--cacert", authorities, "--retry", "100", "--retry-connrefused", "--retry-delay", "1"],
    `https://${address}/v2/`,
  ]);
  return {
    address,
    login: LOGIN,
    authorities,
    async digestOf(image, tag) {
      const accept =
        "Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";
      const headers = ask(["--head", "--header", accept, `https://${address}/v2/${image}/manifests/${tag}`]);
      return /^docker-content-digest: (\S+)/im.exec(headers)?.[1];
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A self-signed certificate for an address. */
function makeCertificate(
  folder: string,
  address: string,
): { readonly public: string; readonly private: string } {
  const [key, cert] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
      ...[
        "-subj",
        "/CN=registry.test",
        "-addext",
        `subjectAltName=IP:${address}`,
        "-keyout",
        key,
        "-out",
        cert,
      ],
    ],
    { stdio: "ignore" },
  );
  return { public: readFileSync(cert, "utf8"), private: readFileSync(key, "utf8") };
}
