import { expect, test } from "@jest/globals";
import { COMPOSE_PROOF } from "../../src/compose/compose-proof.ts";
import { BEHAVIOURS } from "../../src/proof/behaviours.ts";
import { BROAD, withService } from "../proof/broad-sandbox.ts";
import { brokenTarget } from "../proof/broken-target.ts";
import { proveOn } from "../proof/prove-on.ts";

test("Compose shows every behaviour", async () => {
  expect(await proveOn(COMPOSE_PROOF, BROAD)).toEqual({ kept: Object.keys(BEHAVIOURS).sort(), failures: [] });
});

test("a compose file without limits, with a wrong alias and without its order is named", async () => {
  const broken = brokenTarget(COMPOSE_PROOF, (plan) => {
    const wrongStore = withService(plan, "store", { limits: {}, aliases: ["behind"] });
    return withService(wrongStore, "front", { after: {} });
  });
  const { failures } = await proveOn(broken, BROAD);
  expect(failures).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^aliases of broad\.jobs\.prove-on-back: storage:6379: silent, not answered$/),
      expect.stringMatching(/^order of broad\.services\.front: starts .* s before store is ready$/),
      expect.stringMatching(/^limits of broad\.services\.store: memory: \d+, not 67108864$/),
    ]),
  );
});
