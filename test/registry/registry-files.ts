import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import path from "node:path";

/** The login of registries of tests. */
export const LOGIN = { username: "project-bot", password: "registry-password" };
/** The file with the login. The registry requires bcrypt. */
export const HTPASSWD = `${LOGIN.username}:$2b$05$abcdefghijklmnopqrstuux7DVfxfgfXTmp/9Tsk6HzX2QQGjxePG\n`;

/** Variables of the registry with its files in /secrets. */
export const REGISTRY_VARIABLES = [
  ...["REGISTRY_HTTP_TLS_CERTIFICATE=/secrets/cert.pem", "REGISTRY_HTTP_TLS_KEY=/secrets/key.pem"],
  ...["REGISTRY_AUTH=htpasswd", "REGISTRY_AUTH_HTPASSWD_REALM=project"],
  "REGISTRY_AUTH_HTPASSWD_PATH=/secrets/htpasswd",
];

/** Makes a self-signed certificate for an address or a name, as cert.pem and key.pem in a folder. */
export function makeCertificate(
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
        `subjectAltName=${isIP(address) === 0 ? "DNS" : "IP"}:${address}`,
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
