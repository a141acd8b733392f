import * as pulumi from "@pulumi/pulumi";
import { DockerSandbox, planSandboxes } from "nestbox/pulumi/docker";
import catalog from "./catalog.ts";

const { sandboxes, release } = await planSandboxes([catalog], { settings: { subnetPool: "10.254.80.0/26" } });
const secrets = { password: "hunter2" };
const created = sandboxes.map((objects) => new DockerSandbox(objects.sandbox, { objects, secrets }));
pulumi.all(created.map(({ networksCreated }) => networksCreated)).apply(release);
