import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import sandboxes from "../../../sandboxes/index.ts";
import { lowerJob } from "../../../src/docker/lowering/lower-job.ts";
import { lowerToDocker } from "../../../src/docker/lowering/lower-sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { toYaml, type YamlValue } from "../../../src/text/yaml.ts";
import { expectFile } from "../../snapshot-file.ts";
import { placementOf } from "./placed.ts";

const FOLDER = path.join(__dirname, "objects");

test.each(sandboxes)("the Docker objects of $name are those in test/docker/lowering/objects", (declared) => {
  const planned = plan(declared, { profiles: "all" });
  const placement = placementOf(planned);
  const jobs = planned.jobs.map((job) => lowerJob(planned, job, placement, { id: "1a2b3c" }));
  const { networks, volumes, services } = lowerToDocker(planned, placement);
  const { sandbox, images, secrets } = planned;
  const { stack } = placement;
  const objects = { sandbox, stack, networks, volumes, images, services, secrets, jobs };
  expectFile(path.join(FOLDER, `${declared.name}.yaml`), toYaml(objects as unknown as YamlValue));
});

test("every file there belongs to a sandbox", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(sandboxes.map(({ name }) => `${name}.yaml`).sort());
});
