import { expect, test } from "@jest/globals";
import { BEHAVIOURS } from "../../../src/proof/behaviours.ts";
import { kubernetesTarget } from "../../../src/proof/places/on-kubernetes.ts";
import { clusterStatus } from "../../kubectl.ts";
import { EARLY, withService } from "../broad-sandbox.ts";
import { brokenTarget } from "../broken-target.ts";
import { proveBroad } from "../prove-broad.ts";

const target = kubernetesTarget({ ...process.env, KUBECONFIG: clusterStatus().kubeconfig });

test("Kubernetes shows every behaviour", async () => {
  expect(await proveBroad(target)).toEqual({ kept: Object.keys(BEHAVIOURS).sort(), failures: [] });
});

test("a missing policy, a wrong alias and a probe that is too early are named", async () => {
  const broken = brokenTarget(target, (plan) => {
    const early = withService(plan, "store", EARLY);
    const inBoth = withService(early, "other", { networks: ["front", "back"] });
    return withService(inBoth, "front", { aliases: ["behind"] });
  });
  const { failures } = await proveBroad(broken);
  expect(failures).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^aliases of broad\.jobs\.prove-tests: front:6379: silent, not answered$/),
      expect.stringMatching(/^isolation of broad\.services\.store: other at \S+: answered, not silent$/),
      expect.stringMatching(
        /^readiness of broad\.services\.store: probe: fails with exit code 1, not passes$/,
      ),
    ]),
  );
});
