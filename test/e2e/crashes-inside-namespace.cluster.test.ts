import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { clusterForKills } from "../../bench/kill-in-cluster.ts";
import { kills } from "../../bench/kills.ts";
import { eventually } from "../eventually.ts";
import { testCluster } from "../kubernetes/created-namespace.ts";
import { type SharedNamespace, sharedNamespace } from "../kubernetes/shared-namespace.ts";
import { RUN_FOLDER } from "../run-folder.ts";

/** The number of kills, and the seed of moments and signals: `NESTBOX_CRASHES=20 NESTBOX_SEED=7`. */
const COUNT = Number(process.env.NESTBOX_CRASHES ?? 6);
const SEED = Number(process.env.NESTBOX_SEED ?? 1);

let team: SharedNamespace;

beforeAll(() => {
  team = sharedNamespace();
}, 180_000);

afterAll(() => team.remove());

test(`inside a namespace, killed commands (seed ${SEED}) leave nothing, and nothing else goes`, async () => {
  const contents = team.contents();
  const place = clusterForKills(testCluster(), team.name);
  const KUBECONFIG = path.join(RUN_FOLDER, `${team.name}.json`);
  writeFileSync(KUBECONFIG, team.kubeconfig, { mode: 0o600 });
  Object.assign(process.env, { KUBECONFIG });
  const amount = { count: COUNT, seed: SEED };
  const { killed, missed, problems } = await kills(path.resolve(__dirname, "../.."), place, amount);
  process.stderr.write(`seed ${SEED}: ${killed} of ${COUNT} commands killed, ${missed} had ended before\n`);
  expect(problems).toEqual([]);
  expect(killed).toBeGreaterThan(0);
  await eventually(() => expect(team.contents()).toEqual(contents), { within: "60s" });
}, 1_200_000);
