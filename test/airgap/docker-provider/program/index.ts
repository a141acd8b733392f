import { readFileSync } from "node:fs";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/** What a test says about the containers, on top of what is below. */
interface Changes {
  readonly label: string;
  readonly image: string;
  readonly secret: string;
  readonly cache?: Partial<docker.ContainerArgs>;
  readonly job?: docker.ContainerArgs;
}

const changes = JSON.parse(readFileSync("changes.json", "utf8")) as Changes;
const labels = [{ label: "nestbox.test", value: changes.label }];

const image = new docker.RemoteImage("image", { name: changes.image, keepLocally: true });
const network = new docker.Network("network", { labels });
const data = new docker.Volume("data", { labels });
const cache = new docker.Container("cache", {
  image: image.imageId,
  labels,
  envs: ["PLAIN=a b", pulumi.secret(`PASSWORD=${changes.secret}`)],
  command: ["sh", "-c", "echo starting; touch /ready; exec sleep 1000"],
  networksAdvanced: [{ name: network.name, aliases: ["some-random-cache"] }],
  mounts: [{ type: "volume", source: data.name, target: "/data" }],
  uploads: [{ file: "/etc/nestbox/cache.conf", content: "quotes \" ' and $x\n" }],
  ports: [{ internal: 6379, ip: "127.0.0.1" }],
  healthcheck: {
    tests: ["CMD-SHELL", "test -f /ready || { echo not there yet; false; }"],
    interval: "1s",
    timeout: "5s",
    startPeriod: "5s",
    startInterval: "100ms",
    retries: 1,
  },
  init: true,
  wait: true,
  waitTimeout: 60,
  memory: 32,
  ...changes.cache,
});
const job = changes.job && new docker.Container("job", { ...changes.job, labels });

export const id = cache.id;
export const ports = cache.ports;
export const networks = cache.networkDatas;
export const jobExitCode = job?.exitCode;
export const jobLogs = job?.containerLogs;
