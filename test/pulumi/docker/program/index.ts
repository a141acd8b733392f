import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { log, sandbox } from "nestbox";
import { redis } from "nestbox/catalog";
import { DockerSandbox, planSandboxes } from "nestbox/pulumi/docker";

/** The settings that a test writes. */
const { subnetPool } = JSON.parse(readFileSync("settings.json", "utf8"));

const box = sandbox("box", {
  services: {
    cache: redis({ publish: true }),
    greeting: {
      image: "alpine:3.19",
      command: ["sh", "-c", "echo hello; exec sleep 600"],
      probe: log("hello"),
      after: { cache: "ready" },
    },
  },
});

const { sandboxes, release } = await planSandboxes([box], { settings: { subnetPool, timeToLive: "1h" } });
const created = sandboxes.map((objects) => new DockerSandbox(objects.sandbox, { objects }));
pulumi.all(created.map(({ networksCreated }) => networksCreated)).apply(release);

export const services = created[0]?.services;
