import { expect, test } from "@jest/globals";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { BEHAVIOURS } from "../../../src/proof/behaviours.ts";
import { composeTarget } from "../../../src/proof/places/by-compose.ts";
import { BROAD, withService } from "../broad-sandbox.ts";
import { brokenTarget } from "../broken-target.ts";
import { proveOn } from "../prove-on.ts";

const target = composeTarget(engineHost());

test("Compose shows every behaviour", async () => {
  expect(await proveOn(target, BROAD)).toEqual({ kept: Object.keys(BEHAVIOURS).sort(), failures: [] });
});

test("a compose file without limits, with a wrong alias and without its order is named", async () => {
  const broken = brokenTarget(target, (plan) => {
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
