import { readFileSync } from "node:fs";
import * as docker from "@pulumi/docker";
import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";
import { DockerSandbox } from "nestbox/pulumi/docker";

/** What a test writes: the names of components of one sandbox, and an engine for the last one. */
const { names, host, cpuShares } = JSON.parse(readFileSync("settings.json", "utf8"));

const declared = sandbox("shop", {
  volumes: ["data"],
  services: { cache: redis({ publish: true, volumes: { "/data": "data" } }) },
});

const made = names.map((name: string, index: number) => {
  const isElsewhere = host !== undefined && index === names.length - 1;
  return new DockerSandbox(
    name,
    { sandbox: declared, subnetPool: "10.254.82.0/24" },
    {
      ...(isElsewhere && { provider: new docker.Provider("elsewhere", { host }) }),
      transforms: [
        async ({ type, props, opts }) =>
          type === "docker:index/container:Container" ? { props: { ...props, cpuShares }, opts } : undefined,
      ],
    },
  );
});

export const services = Object.fromEntries(
  names.map((name: string, index: number) => [name, made[index].services]),
);
