import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readContext } from "../../../src/kubernetes/api/kubeconfig.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-kubeconfig-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: object | string): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function kubeconfig(name: string, extra: object = {}) {
  return {
    clusters: [{ name, cluster: { server: `https://${name}:6443` } }],
    users: [{ name, user: { token: `token of ${name}` } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    ...extra,
  };
}

test("the current context counts, else the one asked for", () => {
  const two = kubeconfig("a", { "current-context": "a" });
  const file = write("two", {
    ...two,
    contexts: [...two.contexts, { name: "b", context: { cluster: "a", user: "a" } }],
  });
  const expected = { server: "https://a:6443", isInsecure: false, credentials: { token: "token of a" } };
  expect(readContext(undefined, { KUBECONFIG: file })).toEqual({ name: "a", ...expected });
  expect(readContext("b", { KUBECONFIG: file })).toEqual({ name: "b", ...expected });
});

test("of several files the first entry of a name counts, and files that are missing do not", () => {
  const first = write("first", kubeconfig("shared", { contexts: null }));
  const second = write("second", kubeconfig("shared", { "current-context": "shared", users: [] }));
  const KUBECONFIG = [path.join(folder, "none"), first, second].join(path.delimiter);
  expect(readContext(undefined, { KUBECONFIG }).credentials).toEqual({ token: "token of shared" });
});

test("without KUBECONFIG the file in the home folder is read", () => {
  expect(() => readContext(undefined, { HOME: folder })).toThrow(
    `${folder}/.kube/config: has no Kubernetes context; ` +
      "set KUBECONFIG to the file that describes your cluster",
  );
});

test("certificates are read from the file itself, else from files beside it", () => {
  write("key.pem", "the key");
  const file = write("certificates", {
    ...kubeconfig("c", { "current-context": "c" }),
    clusters: [
      {
        name: "c",
        cluster: {
          server: "https://c",
          "certificate-authority-data": Buffer.from("the authority").toString("base64"),
          "tls-server-name": "inside",
          "insecure-skip-tls-verify": true,
        },
      },
    ],
    users: [
      {
        name: "c",
        user: {
          "client-certificate-data": Buffer.from("the certificate").toString("base64"),
          "client-key": "key.pem",
        },
      },
    ],
  });
  expect(readContext(undefined, { KUBECONFIG: file })).toEqual({
    name: "c",
    server: "https://c",
    authorities: "the authority",
    serverName: "inside",
    isInsecure: true,
    credentials: { certificate: "the certificate", key: "the key" },
  });
});

test("a program that prints credentials keeps its words and environment", () => {
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./login", env: null };
  const file = write("program", {
    ...kubeconfig("p", { "current-context": "p" }),
    users: [{ name: "p", user: { exec } }],
  });
  expect(readContext(undefined, { KUBECONFIG: file }).credentials.program).toEqual({
    command: path.join(folder, "login"),
    words: [],
    environment: {},
    apiVersion: "client.authentication.k8s.io/v1",
  });
});

test.each([
  ["a wrong context", kubeconfig("a"), "other", /no context "other"; it has a$/],
  ["a broken file", "a: [", undefined, /: not a kubeconfig \(.*\); check KUBECONFIG$/s],
  ["a list", "[]", undefined, /: not a kubeconfig \(it is no mapping\); check KUBECONFIG$/],
  ["no user", kubeconfig("a", { users: null }), "a", /context "a" names the user "a"; add it$/],
  [
    "no server",
    kubeconfig("a", { clusters: [{ name: "a", cluster: {} }] }),
    "a",
    /cluster "a" has no server; add its address$/,
  ],
  [
    "a missing certificate",
    kubeconfig("a", { users: [{ name: "a", user: { "client-key": "gone.pem" } }] }),
    "a",
    /gone\.pem: the client-key of the kubeconfig cannot be read \(.*\); renew it$/,
  ],
])("%s is an error that names the file", (name, content, context, message) => {
  const file = write(name, content);
  expect(() => readContext(context, { KUBECONFIG: file })).toThrow(message);
});
