import { readFileSync } from "node:fs";
import { log, sandbox } from "nestbox";
import { redis } from "nestbox/catalog";
import { DockerSandbox } from "nestbox/pulumi/docker";

/** The settings that a test writes. */
const { subnetPool } = JSON.parse(readFileSync("settings.json", "utf8"));

const declared = sandbox("box", {
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

const box = new DockerSandbox("box", { sandbox: declared, subnetPool });

export const { services } = box;
