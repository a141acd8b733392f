import { afterEach, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { limitPids } from "../../src/docker/limit-pids.ts";
import { inspect } from "../../src/docker/started-container.ts";

const engine = engineHost(process.env);
const made: string[] = [];

afterEach(async () => {
  const docker = await connect(engine);
  for (const id of made.splice(0)) await docker.getContainer(id).remove({ force: true, v: true });
});

test("limits a container that ends at that moment, whose end the engine may not know yet", async () => {
  const docker = await connect(engine);
  const limited = async () => {
    const container = await docker.createContainer({ Image: "alpine:3.19", Cmd: ["true"] });
    made.push(container.id);
    const started = { engine, container: container.id };
    await container.start();
    for (let limit = 100; limit < 110; limit += 1) await limitPids(started, limit);
    return (await inspect(started)).HostConfig.PidsLimit;
  };
  const limits: (number | null | undefined)[] = [];
  for (let round = 0; round < 6; round += 1)
    limits.push(...(await Promise.all(Array.from({ length: 6 }, limited))));
  expect(new Set(limits)).toEqual(new Set([109]));
});
