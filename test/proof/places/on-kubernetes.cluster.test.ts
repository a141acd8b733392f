import { expect, test } from "@jest/globals";
import { clusterOwnerStore } from "../../../src/kubernetes/owner-store.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { BEHAVIOURS } from "../../../src/proof/behaviours.ts";
import { testCluster } from "../../kubernetes/created-namespace.ts";
import { BROAD, EARLY, withService } from "../broad-sandbox.ts";
import { brokenTarget } from "../broken-target.ts";
import { clusterTarget } from "../cluster-target.ts";
import { proveOn } from "../prove-on.ts";

const target = clusterTarget("proof-test");

test("Kubernetes shows every behaviour", async () => {
  expect(await proveOn(target, BROAD)).toEqual({ kept: Object.keys(BEHAVIOURS).sort(), failures: [] });
});

test("Ctrl-C removes the namespace and its lease", async () => {
  const interruption = new AbortController();
  const reason = new Error("interrupted");
  const report = (detail: string) => {
    if (detail.startsWith("job")) interruption.abort(reason);
  };
  const interrupted = clusterTarget("interrupted-proof");
  const proof = proveOn(interrupted, BROAD, { signal: interruption.signal, report });
  await expect(proof).rejects.toBe(reason);
  const owned = await clusterOwnerStore(testCluster()).readOwned();
  expect(owned.filter(({ labels }) => labels[LABEL.project] === "interrupted-proof")).toEqual([]);
});

test("a missing policy, a wrong alias and a probe that is too early are named", async () => {
  const broken = brokenTarget(target, (plan) => {
    const early = withService(plan, "store", EARLY);
    const inBoth = withService(early, "other", { networks: ["front", "back"] });
    return withService(inBoth, "front", { aliases: ["behind"] });
  });
  const { failures } = await proveOn(broken, BROAD);
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
