import { expect, test } from "@jest/globals";
import { commandDocker } from "../../src/docker/api.ts";
import { createContainer } from "../../src/docker/create-container.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { removeContainer } from "../../src/docker/remove-container.ts";
import { LABEL } from "../../src/model/labels.ts";

test("an error about a file names its path in the container, not where the engine keeps it", async () => {
  const name = `nestbox-create-container-test-${process.pid}`;
  const engine = engineHost(process.env);
  const container = await createContainer(
    {
      key: "web",
      name,
      body: {
        ...{
          Image: "alpine:3.19",
          Env: [],
          StopTimeout: 0,
          Labels: { [LABEL.owner]: "create-container-test" },
        },
        HostConfig: { NetworkMode: "none", Init: false },
        NetworkingConfig: { EndpointsConfig: {} },
      },
      // The image has a folder there.
      files: [{ target: "/etc", source: { content: "" } }],
      ...{ connections: [], folders: [] },
    },
    { engine, secrets: {}, projectFolder: __dirname, environment: {} },
  );
  try {
    const path = `/containers/${container}/start`;
    await expect(commandDocker(engine, { method: "POST", path })).rejects.toThrow(/^\w+ \/etc\/\w+: /);
  } finally {
    await removeContainer(engine, container);
  }
});
