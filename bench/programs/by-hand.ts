import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/** The same resources with the same properties, as a person would write them without Nestbox. */
class Sandbox extends pulumi.ComponentResource {
  readonly networks: pulumi.Output<unknown>;
  readonly services: pulumi.Output<unknown>;

  constructor(name: string, subnet: string) {
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
        ipamConfigs: [{ subnet }],
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
          interval: "2m",
          timeout: "5s",
          retries: 3,
          startPeriod: "30s",
          startInterval: "50ms",
        },
        wait: true,
        waitTimeout: 30,
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
    this.networks = pulumi.output({ default: network.name });
    this.services = pulumi.output({
      cache: pulumi
        .all([cache.name, cache.ports])
        .apply(([container]) => ({ container, aliases: ["cache"], published: {} })),
    });
    this.registerOutputs({ networks: this.networks, services: this.services });
  }
}

export const sandboxes = Object.fromEntries(
  Array.from({ length: Number(process.env.BENCH_SANDBOXES) }, (_, index) => {
    const { networks, services } = new Sandbox(
      `bench-${index}`,
      `10.231.${index >> 4}.${(index % 16) * 16}/28`,
    );
    return [`bench-${index}`, { networks, services }];
  }),
);
