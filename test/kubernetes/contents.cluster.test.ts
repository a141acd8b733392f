import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { secret, text } from "../../src/model/text.ts";
import { kubectl } from "../kubectl.ts";
import { runEmittedJob } from "./emitted-job.ts";
import { applySandbox, type EmittedNamespace, inService, untilAvailable } from "./emitted-namespace.ts";

/** What shells, kustomize and Kubernetes could expand, cut or quote. */
const SECRET = "s3cret $(HOME) $$ ${HOME} \"quoted\" 'single' = \\n ü #";
const PLAIN = "a=$(HOME) $$ $c `d` \"e\" 'f' \\g ü\nsecond line\n";
const BINARY = Buffer.from([0, 1, 2, 10, 13, 255, 254]);
/** More than an annotation holds. */
const LARGE = "0123456789abcdef".repeat(50_000);

const declared = sandbox("contents", {
  services: {
    holder: {
      image: "redis:7-alpine",
      command: ["sh", "-c", "exec sleep 600"],
      env: {
        PLAIN,
        EMPTY: "",
        HOLDER_PORT: "mine",
        TOKEN: secret("token"),
        URL: text`db:$${secret("token")}@host$$`,
      },
      files: {
        "/etc/holder/plain.conf": { content: PLAIN },
        "/etc/holder/empty": { content: "" },
        "/etc/holder/large": { content: LARGE },
        "/etc/other/plain.conf": { content: "other, without an end of line" },
        "/run/secrets/token": { content: secret("token") },
        "/etc/holder/mixed.conf": { content: text`password=${secret("token")}\n` },
        "/srv/app": { path: "app" },
      },
      user: "1000",
    },
  },
  jobs: {
    prints: {
      image: "redis:7-alpine",
      env: { TOKEN: secret("token"), PLAIN },
      script: ['printf %s "$TOKEN" | sha256sum', 'printf %s "$PLAIN" | base64 -w 0'],
    },
  },
});

const project = mkdtempSync(path.join(tmpdir(), "nestbox-contents-"));
let emitted: EmittedNamespace;

beforeAll(() => {
  mkdirSync(path.join(project, "app/bin"), { recursive: true });
  writeFileSync(path.join(project, "app/data"), BINARY);
  writeFileSync(path.join(project, "app/bin/run"), "#!/bin/sh\necho ran\n");
  chmodSync(path.join(project, "app/bin/run"), 0o755);
  emitted = applySandbox(declared, { secrets: { token: SECRET }, project });
  untilAvailable(emitted);
});
afterAll(() => {
  emitted.remove();
  rmSync(project, { recursive: true });
});

test("variables arrive byte for byte, and none of the namespace's Services", () => {
  const lines = Buffer.from(inService(emitted, "holder", "base64", "/proc/1/environ"), "base64")
    .toString("utf8")
    .split("\0");
  const variables = Object.fromEntries(
    lines
      .filter((line) => line !== "")
      .map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
  );
  expect(variables).toMatchObject({
    PLAIN,
    EMPTY: "",
    HOLDER_PORT: "mine",
    TOKEN: SECRET,
    URL: `db:$${SECRET}@host$$`,
  });
  // Kubernetes sets the API server's address everywhere.
  const hosts = Object.keys(variables).filter((name) => name.endsWith("_SERVICE_HOST"));
  expect(hosts).toEqual(["KUBERNETES_SERVICE_HOST"]);
});

test.each([
  ["/etc/holder/plain.conf", Buffer.from(PLAIN)],
  ["/etc/holder/empty", Buffer.from("")],
  ["/etc/holder/large", Buffer.from(LARGE)],
  ["/etc/other/plain.conf", Buffer.from("other, without an end of line")],
  ["/run/secrets/token", Buffer.from(SECRET)],
  ["/etc/holder/mixed.conf", Buffer.from(`password=${SECRET}\n`)],
  ["/srv/app/data", BINARY],
])("%s arrives byte for byte, and cannot be changed", (file, content) => {
  expect(Buffer.from(inService(emitted, "holder", "base64", file), "base64").equals(content)).toBe(true);
  expect(inService(emitted, "holder", "sh", "-c", `echo 2>/dev/null >>${file} || echo refused`)).toBe(
    "refused\n",
  );
});

test("a program of the project is executable", () => {
  expect(inService(emitted, "holder", "/srv/app/bin/run")).toBe("ran\n");
});

test("variables of a job arrive byte for byte", async () => {
  const { output, exitCode } = await runEmittedJob(emitted, "prints");
  expect(exitCode).toBe(0);
  expect(output).toContain(Buffer.from(PLAIN).toString("base64"));
});

test("a secret's value is in the Secret's data alone", () => {
  const inNamespace = ["--namespace", emitted.namespace];
  const kinds = kubectl("api-resources", "--namespaced", "--verbs=list", "--output=name").trim().split("\n");
  const { items }: { items: readonly { kind: string; data?: Readonly<Record<string, string>> }[] } =
    JSON.parse(kubectl(...inNamespace, "get", kinds.join(","), "--output=json"));
  expect(items.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["Pod", "ConfigMap", "Event", "Job"]));
  const holders = items.filter(({ kind }) => kind === "Secret");
  expect(holders.map(({ data }) => data)).toEqual([{ token: Buffer.from(SECRET).toString("base64") }]);
  const others = items.map((item) => (item.kind === "Secret" ? { ...item, data: {} } : item));
  const logs = kubectl(...inNamespace, "logs", "--selector=nestbox.sandbox", "--all-containers", "--tail=-1");
  expect(traces(JSON.stringify(others) + logs)).toEqual([]);
});

test("a node's process list has no secret", () => {
  expect(traces(inService(emitted, "holder", "sh", "-c", "cat /proc/[0-9]*/cmdline"))).toEqual([]);
});

function traces(place: string): readonly string[] {
  const forms = [
    SECRET,
    JSON.stringify(SECRET).slice(1, -1),
    Buffer.from(SECRET).toString("base64"),
    "s3cret",
  ];
  return forms.filter((form) => place.includes(form));
}
