import path from "node:path";
import { expect, test } from "@jest/globals";
import { clusterForKills } from "../../bench/kill-in-cluster.ts";
import { kills } from "../../bench/kills.ts";
import { kubectlCommand } from "../kubectl.ts";
import { testCluster } from "../kubernetes/created-namespace.ts";

/** The number of kills, and the seed of moments and signals: `NESTBOX_CRASHES=20 NESTBOX_SEED=7`. */
const COUNT = Number(process.env.NESTBOX_CRASHES ?? 6);
const SEED = Number(process.env.NESTBOX_SEED ?? 1);

test(`commands killed with seed ${SEED} are mended by the next ones, and leave nothing`, async () => {
  Object.assign(process.env, { KUBECONFIG: kubectlCommand().env.KUBECONFIG });
  const place = clusterForKills(testCluster());
  const amount = { count: COUNT, seed: SEED };
  const { killed, missed, problems } = await kills(path.resolve(__dirname, "../.."), place, amount);
  process.stderr.write(`seed ${SEED}: ${killed} of ${COUNT} commands killed, ${missed} had ended before\n`);
  expect(problems).toEqual([]);
  expect(killed).toBeGreaterThan(0);
}, 1_200_000);
