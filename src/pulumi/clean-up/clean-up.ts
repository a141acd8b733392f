import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { milliseconds } from "../../model/duration.ts";
import { ownerlessLabels } from "../docker/label-list.ts";
import { providerEngine } from "../docker/provider-engine.ts";
import { readyGate } from "../docker/ready-gate.ts";
import type { CleanUpSettings } from "./clean-up-settings.ts";

/** The time for finishing a removal before SIGKILL, in seconds. */
const GRACE = 60;

/** Cleans up now and at an interval of seconds, its argument. On SIGTERM it finishes a removal first. */
const SCRIPT = `trap 'exit 0' TERM INT
while :; do
  nestbox --project /nestbox gc --yes --target docker
  sleep "$0" &
  wait $!
done`;

/**
 * A container that runs `nestbox gc --yes` on its engine at an interval. It has no state and no secret: by
 * the labels on the engine it removes the expired resources of all projects and stacks. The next `up` or
 * `down` of an expired stack corrects its state.
 *
 * The container has the engine's socket, so a process in it is root on the host. It has no network and no
 * capabilities.
 */
export class CleanUp extends pulumi.ComponentResource {
  /** The name of the container. */
  readonly container: pulumi.Output<string>;

  constructor(name: string, settings: CleanUpSettings, options?: pulumi.ComponentResourceOptions) {
    super("nestbox:index:CleanUp", name, {}, options);
    const { every = "1h", dockerSocket = "/var/run/docker.sock" } = settings;
    const child = { parent: this };
    const image = new docker.RemoteImage(`${name}-image`, { name: settings.image, keepLocally: true }, child);
    const container = new docker.Container(
      name,
      {
        image: image.imageId,
        command: ["sh", "-c", SCRIPT, String(Math.ceil(milliseconds(every) / 1000))],
        networkMode: "none",
        mounts: [{ type: "bind", source: dockerSocket, target: "/var/run/docker.sock" }],
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        init: true,
        labels: ownerlessLabels("clean-up"),
        restart: "unless-stopped",
        destroyGraceSeconds: GRACE,
        // Healthy while the command line reaches the engine.
        healthcheck: {
          tests: ["CMD", "nestbox", "--project", "/nestbox", "ls", "--json", "--target", "docker"],
          interval: "5m0s",
          timeout: "30s",
          retries: 3,
          startPeriod: "30s",
          startInterval: "1s",
        },
      },
      { ...child, deleteBeforeReplace: true, replaceOnChanges: ["healthcheck", "#initerror"] },
    );
    const readiness = { kind: "healthy", within: "1m" } as const;
    const ready = readyGate({ place: name, container, readiness, engine: providerEngine(this) });
    this.container = ready.apply(() => container.name);
    this.registerOutputs({ container: this.container });
  }
}
