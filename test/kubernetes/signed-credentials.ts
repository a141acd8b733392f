import { execFileSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { kubectl } from "../kubectl.ts";

/** Runs a script in the folder of the test cluster's keys, and returns its output. */
function besideKeys(script: string, input = ""): string {
  const words = ["exec", "--interactive", "--workdir=/var/lib/kubernetes/pki", "nestbox-cluster"];
  return execFileSync("docker", [...words, "sh", "-c", script], { input, encoding: "utf8" });
}

/**
 * A token of a namespace's default account, signed with the cluster's own key.
 * @param shift the seconds by which its times are later than those of a new token
 */
export function signedToken(namespace: string, shift: number): string {
  const [head = "", body = ""] = kubectl("--namespace", namespace, "create", "token", "default").split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  const times = Object.fromEntries(["iat", "nbf", "exp"].map((name) => [name, claims[name] + shift]));
  const signed = `${head}.${Buffer.from(JSON.stringify({ ...claims, ...times })).toString("base64url")}`;
  const key = { key: besideKeys("cat accounts.key"), dsaEncoding: "ieee-p1363" } as const;
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

/**
 * A user's certificate, signed by the cluster's own authority, with its key.
 * @param days how long it is valid. 0: for less than a second
 */
export function signedCertificate(days: number): { readonly certificate: string; readonly key: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const request = "openssl req -new -key /dev/stdin -subj /CN=visitor";
  const signing = `openssl x509 -req -CA ca.crt -CAkey ca.key -days ${days}`;
  return { certificate: besideKeys(`${request} | ${signing}`, key), key };
}
