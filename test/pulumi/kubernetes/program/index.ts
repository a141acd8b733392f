import { readFileSync } from "node:fs";
import { log, sandbox, secret } from "nestbox";
import { redis } from "nestbox/catalog";
import { KubernetesSandbox } from "nestbox/pulumi/kubernetes";

/** The settings that a test writes. */
const { greeting, password, migrate } = JSON.parse(readFileSync("settings.json", "utf8"));

const declared = sandbox("box", {
  volumes: ["data"],
  services: {
    cache: redis({ password: secret("password"), volumes: { "/data": "data" } }),
    migration: {
      image: "alpine:3.19",
      command: ["sh", "-c", migrate],
      runsOnce: true,
      after: { cache: "ready" },
    },
    greeting: {
      image: "alpine:3.19",
      command: ["sh", "-c", greeting],
      files: { "/etc/greeting": { content: "hello\n" } },
      probe: log("^hello$", { within: "10m" }),
      stop: { grace: "1s" },
      after: { migration: "completed" },
    },
  },
});

const box = new KubernetesSandbox("box", { sandbox: declared, secrets: { password } });

export const { namespace, services } = box;
