import { get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/** The interval between two requests for a container's health, in milliseconds. */
const PAUSE = 50;

/** Waits until the engine reports a container as healthy. A preview has no container. */
async function untilHealthy(id: string): Promise<void> {
  if (pulumi.runtime.isDryRun()) return;
  while ((await healthOf(id)) !== "healthy") await pause(PAUSE);
}

async function healthOf(id: string): Promise<string | undefined> {
  const socketPath = (process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock").replace("unix://", "");
  const answer = await new Promise<string>((resolve, reject) => {
    const take = (response: NodeJS.ReadableStream) => text(response).then(resolve, reject);
    get({ socketPath, path: `/containers/${id}/json` }, take).on("error", reject);
  });
  return (JSON.parse(answer) as { readonly State?: { readonly Health?: { readonly Status: string } } }).State
    ?.Health?.Status;
}

/** The same resources with the same properties, written without Nestbox. */
class Sandbox extends pulumi.ComponentResource {
  readonly networks: pulumi.Output<unknown>;
  readonly services: pulumi.Output<unknown>;

  constructor(name: string, subnet: { readonly range: string; readonly gateway: string }) {
    super("bench:index:Sandbox", name);
    const parent = { parent: this };
    const labels = (kind: string, part: string) => [
      { label: "bench.owner", value: "bench/bench/000000" },
      { label: "bench.project", value: "bench" },
      { label: "bench.stack", value: "bench" },
      { label: "bench.sandbox", value: name },
      { label: "bench.kind", value: kind },
      { label: "bench.part", value: part },
      { label: "bench.created", value: "2026-01-01T00:00:00Z" },
      { label: "bench.time-to-live", value: "never" },
    ];
    const network = new docker.Network(
      `bench_${name}_default`,
      {
        driver: "bridge",
        internal: false,
        ipamConfigs: [{ subnet: subnet.range, gateway: subnet.gateway }],
        options: { "com.docker.network.driver.mtu": "1400" },
        labels: labels("network", "default"),
      },
      { ...parent, deleteBeforeReplace: true },
    );
    const image = new docker.RemoteImage(
      `${name}-redis`,
      { name: "redis:7-alpine", keepLocally: true },
      parent,
    );
    const cache = new docker.Container(
      `bench_${name}_cache`,
      {
        image: image.imageId,
        envs: [],
        networkMode: "bridge",
        networksAdvanced: [{ name: network.name, aliases: ["cache"] }],
        healthcheck: {
          tests: ["CMD-SHELL", "redis-cli ping | grep -q PONG"],
          // The provider's own spelling: "2m" would replace the container at each `up`.
          interval: "2m0s",
          timeout: "5s",
          retries: 3,
          startPeriod: "30s",
          startInterval: "10ms",
        },
        destroyGraceSeconds: 10,
        removeVolumes: true,
        restart: "no",
        labels: [...labels("service", "cache"), { label: "bench.plan", value: "0123456789ab" }],
      },
      {
        ...parent,
        replaceOnChanges: ["healthcheck", "tmpfs", "init", "#initerror"],
        deleteBeforeReplace: true,
        dependsOn: [network],
      },
    );
    const ready = cache.id.apply(untilHealthy);
    this.networks = pulumi.all([network.name, ready]).apply(([name]) => ({ default: name }));
    this.services = pulumi.output({
      cache: pulumi
        .all([cache.name, cache.ports, ready])
        .apply(([container]) => ({ container, aliases: ["cache"], published: {} })),
    });
    this.registerOutputs({ networks: this.networks, services: this.services });
  }
}

export const sandboxes = Object.fromEntries(
  Array.from({ length: Number(process.env.BENCH_SANDBOXES) }, (_, index) => {
    // Outside Nestbox's subnet pool.
    const network = `10.232.${index >> 4}`;
    const first = (index % 16) * 16;
    const subnet = { range: `${network}.${first}/28`, gateway: `${network}.${first + 1}` };
    const { networks, services } = new Sandbox(`bench-${index}`, subnet);
    return [`bench-${index}`, { networks, services }];
  }),
);
