import { readFileSync } from "node:fs";
import * as docker from "@pulumi/docker";
import { DockerSandbox } from "nestbox/pulumi/docker";
import { shop } from "./sandboxes/index.ts";

/** What a test writes: the names of components of one sandbox, and an engine for the last one. */
const { names, host, cpuShares } = JSON.parse(readFileSync("settings.json", "utf8"));

const made = names.map((name: string, index: number) => {
  const isElsewhere = host !== undefined && index === names.length - 1;
  return new DockerSandbox(
    name,
    { sandbox: shop, subnetPool: "10.254.82.0/24" },
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
