import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { milliseconds } from "../../model/duration.ts";
import { LABEL } from "../../model/labels.ts";
import { labelList } from "../docker/label-list.ts";
import { readyGate } from "../docker/ready-gate.ts";
import type { CleanUpSettings } from "./clean-up-settings.ts";

/** Seconds that it gets to finish a removal before it is killed. */
const GRACE = 60;

/**
 * A container that runs `nestbox gc --yes` on its engine every so often. It knows no state and no secret: it
 * goes by the labels on the engine alone, and so removes what has ended, of every project and stack, and
 * nothing else. A state that knew such a stack learns of its end from the next `up` or `down`.
 *
 * It has the engine's socket, so whoever gets into it is root on the host. It has no network by which to get
 * into it, and no capability.
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
        command: ["/nestbox/container/clean-up", String(Math.ceil(milliseconds(every) / 1000))],
        networkMode: "none",
        mounts: [{ type: "bind", source: dockerSocket, target: "/var/run/docker.sock" }],
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        init: true,
        labels: cleanUpLabels(),
        restart: "unless-stopped",
        destroyGraceSeconds: GRACE,
        // It works while the command line reaches the engine.
        healthcheck: {
          tests: ["CMD", "nestbox", "--project", "/nestbox", "ls", "--json"],
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
    const ready = readyGate({ place: name, container, readiness });
    this.container = ready.apply(() => container.name);
    this.registerOutputs({ container: this.container });
  }
}

/** Without an owner: it shall not clean up itself. */
function cleanUpLabels() {
  return labelList({
    [LABEL.project]: pulumi.getProject(),
    [LABEL.stack]: pulumi.getStack(),
    [LABEL.kind]: "clean-up",
  });
}
