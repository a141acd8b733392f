import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { credentialReader } from "../../../src/kubernetes/api/credentials.ts";
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
  expect(readContext({ KUBECONFIG: file })).toEqual({ name: "a", ...expected });
  expect(readContext({ KUBECONFIG: file }, "b")).toEqual({ name: "b", ...expected });
});

test("of several files the first entry of a name counts, and files that are missing do not", () => {
  const first = write("first", kubeconfig("shared", { contexts: null }));
  const second = write("second", kubeconfig("shared", { "current-context": "shared", users: [] }));
  const KUBECONFIG = [path.join(folder, "none"), first, second].join(path.delimiter);
  expect(readContext({ KUBECONFIG }).credentials).toEqual({ token: "token of shared" });
});

test("without KUBECONFIG the file in the home folder is read", () => {
  expect(() => readContext({ HOME: folder })).toThrow(
    `${folder}/.kube/config: has no Kubernetes context; ` +
      "set KUBECONFIG to the file that describes your cluster",
  );
});

test("without a file, a pod has its service account, whose token is read each time", async () => {
  const [token, account] = [write("token", "first\n"), folder];
  write("ca.crt", "the authority");
  const environment = { HOME: folder, KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
  const context = readContext(environment, undefined, account);
  expect(context).toEqual({
    ...{ name: "in-cluster", server: "https://[fd00::1]:443", authorities: "the authority" },
    ...{ isInsecure: false, credentials: { tokenFile: token } },
  });
  const read = credentialReader(context, environment);
  expect(await read()).toEqual({ token: "first" });
  write("token", "second\n");
  expect(await read()).toEqual({ token: "second" });
  const none = /has no Kubernetes context/;
  expect(() => readContext({ HOME: folder }, undefined, account)).toThrow(none);
  expect(() => readContext(environment, undefined, path.join(folder, "gone"))).toThrow(none);
  expect(() => readContext(environment, "staging", account)).toThrow(/no context "staging"/);
  expect(readContext(environment, "in-cluster", account)).toEqual(context);
  const KUBECONFIG = write("own", kubeconfig("own", { "current-context": "own" }));
  expect(readContext({ ...environment, KUBECONFIG }, undefined, account).name).toBe("own");
});

test("a missing exec plugin is named with its installHint", async () => {
  const exec = { apiVersion: "v1", command: "nestbox-no-such-login", installHint: "\nGet it from us.\n" };
  const users = [{ name: "p", user: { exec } }];
  const file = write("missing", kubeconfig("p", { "current-context": "p", users }));
  const environment = { KUBECONFIG: file, PATH: folder };
  await expect(credentialReader(readContext(environment), environment)()).rejects.toThrow(
    /^Kubernetes context "p": the exec plugin nestbox-no-such-login is missing; Get it from us\.$/,
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
  expect(readContext({ KUBECONFIG: file })).toEqual({
    name: "c",
    server: "https://c",
    authorities: "the authority",
    serverName: "inside",
    isInsecure: true,
    credentials: { certificate: "the certificate", key: "the key" },
  });
});

test("a user who acts as another one does so with their groups", () => {
  const acting = {
    ...{ token: "t", as: "viewer", "as-uid": "17", "as-groups": ["readers"] },
    "as-user-extra": { team: ["shop"] },
  };
  const as = (name: string, user: object) =>
    write(name, kubeconfig("i", { "current-context": "i", users: [{ name: "i", user }] }));
  expect(readContext({ KUBECONFIG: as("acting", acting) }).impersonation).toEqual({
    ...{ user: "viewer", uid: "17", groups: ["readers"], extra: { team: ["shop"] } },
  });
  expect(
    readContext({ KUBECONFIG: as("own", { token: "t", "as-groups": [] }) }).impersonation,
  ).toBeUndefined();
  expect(() => readContext({ KUBECONFIG: as("nobody", { "as-groups": ["readers"] }) })).toThrow(
    /user "i": has as-uid, as-groups or as-user-extra without as; add as$/,
  );
});

test("a program that prints credentials keeps its words and environment", () => {
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./login", env: null };
  const file = write("program", {
    ...kubeconfig("p", { "current-context": "p" }),
    users: [{ name: "p", user: { exec } }],
  });
  expect(readContext({ KUBECONFIG: file }).credentials.program).toEqual({
    command: path.join(folder, "login"),
    words: [],
    environment: {},
    apiVersion: "client.authentication.k8s.io/v1",
  });
});

test("a program is told of the cluster only if it asks for that", async () => {
  const apiVersion = "client.authentication.k8s.io/v1";
  const encode = `printf %s "$KUBERNETES_EXEC_INFO" | base64 | tr -d '\\n'`;
  const print = `printf '{"status":{"token":"%s"}}' "$(${encode})"`;
  const exec = { apiVersion, command: "sh", args: ["-c", print], provideClusterInfo: true };
  const cluster = {
    ...{ server: "https://p:6443", "certificate-authority-data": "YQ==", "proxy-url": "http://proxy:3128" },
    extensions: [{ name: "client.authentication.k8s.io/exec", extension: { audience: "p" } }],
  };
  const spec = async (name: string, user: object) => {
    const content = { clusters: [{ name: "p", cluster }], users: [{ name: "p", user: { exec: user } }] };
    const file = write(name, { ...kubeconfig("p", { "current-context": "p" }), ...content });
    const { token = "" } = await credentialReader(readContext({ KUBECONFIG: file }), process.env)();
    return JSON.parse(Buffer.from(token, "base64").toString()).spec;
  };
  const { extensions, ...told } = cluster;
  expect(await spec("told", exec)).toEqual({
    interactive: false,
    cluster: { ...told, config: { audience: "p" } },
  });
  expect(await spec("untold", { ...exec, provideClusterInfo: false })).toEqual({ interactive: false });
});

test("a program runs again for credentials that were refused, once for all requests", async () => {
  const count = write("count", "");
  const print = `echo >>${count}; printf '{"status":{"token":"%s"}}' "$(wc -l <${count} | tr -d ' ')"`;
  const program = { command: "sh", words: ["-c", print], environment: {}, apiVersion: "v1" };
  const context = { name: "p", server: "https://p", isInsecure: false, credentials: { program } };
  const read = credentialReader(context, process.env);
  const [first, same] = await Promise.all([read(), read()]);
  expect([first, await read()]).toEqual([same, same]);
  const renewed = await Promise.all([read(first), read(first), read()]);
  expect(renewed.map(({ token }) => token)).toEqual(["2", "2", "2"]);
  expect(await read(first)).toMatchObject({ token: "2" });
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
    "a name and a password",
    kubeconfig("a", { users: [{ name: "a", user: { username: "me", password: "secret" } }] }),
    "a",
    /user "a": has a name and a password, .* do not accept; use a token, [^;]*$/,
  ],
  [
    "a program for people",
    kubeconfig("a", {
      users: [{ name: "a", user: { exec: { command: "login", interactiveMode: "Always" } } }],
    }),
    "a",
    /user "a": its exec plugin login requires a terminal, .*; set its interactiveMode to IfAvailable, /,
  ],
  [
    "a proxy of another kind",
    kubeconfig("a", { clusters: [{ name: "a", cluster: { server: "https://a", "proxy-url": "a:1" } }] }),
    "a",
    /: proxy-url of cluster "a": is not the address of a proxy; write http:.* with its host and port$/,
  ],
  [
    "an auth-provider",
    kubeconfig("a", { users: [{ name: "a", user: { "auth-provider": { name: "gcp" } } }] }),
    "a",
    /user "a": has an auth-provider, .*; use a token, a client certificate or an exec plugin$/,
  ],
  [
    "a missing certificate",
    kubeconfig("a", { users: [{ name: "a", user: { "client-key": "gone.pem" } }] }),
    "a",
    /gone\.pem: the client-key of the kubeconfig cannot be read \(.*\); renew it$/,
  ],
])("%s is an error that names the file", (name, content, context, message) => {
  const file = write(name, content);
  expect(() => readContext({ KUBECONFIG: file }, context)).toThrow(message);
});
