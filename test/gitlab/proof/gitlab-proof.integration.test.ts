import path from "node:path";
import { expect, test } from "@jest/globals";
import runners from "../../../sandboxes/runners.ts";
import { gitlabProof } from "../../../src/gitlab/proof/gitlab-proof.ts";
import { BEHAVIOURS } from "../../../src/proof/behaviours.ts";
import { BROAD, withService } from "../../proof/broad-sandbox.ts";
import { brokenTarget } from "../../proof/broken-target.ts";
import { proveOn } from "../../proof/prove-on.ts";
import { SMALL } from "../../proof/small-sandbox.ts";

const REPOSITORY = path.resolve(__dirname, "../../..");
const target = gitlabProof({ projectFolder: REPOSITORY, runners });

test("a job with services is as declared, but for limits, which the table of losses names", async () => {
  expect(await proveOn(target, SMALL)).toEqual({
    kept: ["aliases", "cleanUp", "environment", "exitCode", "limits", "readiness"],
    failures: [],
  });
});

test("services with a wrong alias and without a variable are named", async () => {
  const broken = brokenTarget(target, (plan) => withService(plan, "cache", { aliases: ["behind"], env: {} }));
  const { failures } = await proveOn(broken, SMALL);
  expect(failures).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^aliases of small\.jobs\.prove-tests: cache:6379: silent, not answered$/),
      expect.stringMatching(/^environment of small\.services\.cache: GREETING: absent, not as declared$/),
    ]),
  );
});

test("a job that runs a compose file shows every behaviour", async () => {
  expect(await proveOn(target, BROAD)).toEqual({ kept: Object.keys(BEHAVIOURS).sort(), failures: [] });
});
