import { expect, test } from "@jest/globals";
import { DOCKER_TARGET } from "../../src/docker/target.ts";
import { DEFAULT_POOL } from "../../src/model/subnets.ts";

const SETTINGS = { subnetPool: DEFAULT_POOL, privilegedImages: [], own: undefined };

const REQUEST = {
  ...{ project: "shop", projectFolder: "/shop", settings: SETTINGS },
  environment: { HOME: "/nowhere", DOCKER_HOST: "tcp://engine.example.com:2376" },
};

test("the place is the engine of the given environment, for all settings", async () => {
  const place = await DOCKER_TARGET.runs?.connect(REQUEST);
  expect(place).toMatchObject({ target: "docker", noun: "engine" });
  expect(place?.id).toBe("docker tcp://engine.example.com:2376");
  expect(place).not.toHaveProperty("context");
  const other = { ...SETTINGS, subnetPool: "10.1.0.0/16" as const };
  expect(DOCKER_TARGET.runs?.placeOf(other)).toBe(DOCKER_TARGET.runs?.placeOf(SETTINGS));
});

test("an unreachable engine and a full disk are explained, other errors stay as they are", async () => {
  const place = await DOCKER_TARGET.runs?.connect(REQUEST);
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  expect(place?.explain(refused)).toMatchObject({ name: "EngineUnreachable" });
  expect(place?.explain(new Error("no space left on device"))).toMatchObject({ name: "DiskFull" });
  const other = new Error("something else");
  expect(place?.explain(other)).toBe(other);
});
