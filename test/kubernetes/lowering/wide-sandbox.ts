import type { AnyManifest } from "../../../src/kubernetes/lowering/manifest.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { http, log, tcp } from "../../../src/model/probe.ts";
import { secret, text } from "../../../src/model/text.ts";
import { manifestsOf } from "./placed-manifests.ts";

/** A sandbox with every property. */
export const wide = sandbox("wide", {
  networks: { front: {}, back: { internal: true } },
  volumes: ["data", "shared"],
  services: {
    web: {
      image: "example/web:1",
      networks: ["front", "back"],
      alias: ["web", "www"],
      entrypoint: ["/entry"],
      command: ["serve", "$(HOME) $$"],
      env: { URL: text`db:$${secret("password")}@host`, TOKEN: secret("token"), PLAIN: "a=$(b) $$ $c" },
      ports: [80, 443],
      publish: { 80: 8080 },
      files: {
        "/etc/web/plain.conf": { content: "a\n" },
        "/etc/other/plain.conf": { content: "b\n" },
        "/run/secrets/token": { content: secret("token") },
        "/etc/web/mixed.conf": { content: text`password=${secret("password")}\n` },
        "/srv/app": { path: "app" },
      },
      volumes: { "/data": "data", "/shared": "shared" },
      tmpfs: { "/cache": "64MiB" },
      limits: { memory: "8MiB", cpus: 1.5 },
      extraHosts: { "API.example.com": "192.0.2.7", "www.example.com": "192.0.2.7", other: "192.0.2.8" },
      user: "1000:1001",
      probe: http(80, "/ready?now=1", {
        within: "20s",
        startEvery: "250ms",
        every: "10s",
        timeout: "1500ms",
      }),
      after: { database: "ready", migration: "completed", logger: "ready", apart: "ready" },
      stop: { signal: "SIGQUIT", grace: "2500ms" },
    },
    database: { image: "example/database:1", networks: ["back"], ports: [5432], probe: tcp(5432) },
    migration: {
      image: "example/web:1",
      networks: ["back"],
      runsOnce: true,
      completesWithin: "90s",
      volumes: { "/shared": "shared" },
    },
    logger: { image: "example/web:1", networks: ["back"], ports: [90], probe: log(/up/) },
    apart: { image: "example/web:1", networks: ["front"], alias: ["apart", "1st"] },
    root: { image: "docker:dind", networks: ["front"], privileged: true, shares: ["/certs"] },
  },
  jobs: {
    tests: {
      image: "python:3.10",
      networks: ["front"],
      files: "app",
      env: { API: "a", TOKEN: secret("token") },
      script: ["pytest $CI_COMMIT_SHA"],
      variablesFile: "result.env",
      timeout: "5m",
    },
    build: {
      image: "moby/buildkit:rootless",
      networks: ["front"],
      entrypoint: [],
      userNamespaces: true,
      script: ["build"],
    },
  },
});

/** The manifests of a sandbox with every property, with everything that a placement adds. */
export function everything(): readonly AnyManifest[] {
  return manifestsOf(wide, {
    storageClass: "fast",
    imagePullSecret: "registry",
    certificates: "-----BEGIN CERTIFICATE-----\n",
    projectFiles: {
      app: [
        { path: "main.py", content: Buffer.from("print()\n"), executable: false },
        { path: "bin/run", content: Buffer.from([0, 255]), executable: true },
      ],
    },
  });
}
