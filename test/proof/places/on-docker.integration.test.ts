import { expect, test } from "@jest/globals";
import { DOCKER_TARGET } from "../../../src/docker/target.ts";
import { secret } from "../../../src/model/text.ts";
import { BEHAVIOURS } from "../../../src/proof/behaviours.ts";
import { BROAD, EARLY, withJobs, withService } from "../broad-sandbox.ts";
import { brokenTarget } from "../broken-target.ts";
import { proveOn } from "../prove-on.ts";
import { runningTarget } from "../running-target.ts";

const target = runningTarget(DOCKER_TARGET, "proof-test");

test("Docker shows every behaviour", async () => {
  expect(await proveOn(target, BROAD)).toEqual({ kept: Object.keys(BEHAVIOURS).sort(), failures: [] });
});

test("what a lowering loses is named", async () => {
  const broken = brokenTarget(target, (plan) => {
    const lessOfStore = withService(plan, "store", {
      ...{ env: {}, files: [], tmpfs: {}, limits: {}, extraHosts: {}, aliases: ["other-name"] },
      ...EARLY,
    });
    const moreOfOther = withService(lessOfStore, "other", { networks: ["front", "back"], user: "1000:1002" });
    const wrongFront = withService(moreOfOther, "front", {
      ...{ aliases: ["behind"], env: { TOKEN: secret("token") } },
    });
    const networks = plan.networks.map((network) => ({ ...network, internal: false }));
    return withJobs({ ...wrongFront, networks }, { env: {} });
  });
  const { failures } = await proveOn(broken, BROAD);
  expect(failures).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^aliases of broad\.jobs\.prove-tests: front:6379: silent, not answered$/),
      expect.stringMatching(/^aliases of broad\.jobs\.prove-on-back: storage:6379: silent, not answered$/),
      expect.stringMatching(
        /^isolation of broad\.jobs\.prove-on-back: a server outside: answered, not silent$/,
      ),
      expect.stringMatching(/^isolation of broad\.services\.store: other at \S+: answered, not silent$/),
      expect.stringMatching(
        /^readiness of broad\.services\.store: probe: fails with exit code 1, not passes$/,
      ),
      expect.stringMatching(/^environment of broad\.services\.store: GREETING: absent, not as declared$/),
      expect.stringMatching(/^environment of broad\.jobs\.prove-tests: FRONT: absent, not as declared$/),
      expect.stringMatching(
        /^files of broad\.services\.store: \/etc\/store\/plain\.conf: absent, not as declared$/,
      ),
      expect.stringMatching(
        /^secrecy of broad\.services\.front: TOKEN: something else, not without the secret/,
      ),
      expect.stringMatching(/^limits of broad\.services\.store: memory: \d+, not 67108864$/),
      expect.stringMatching(/^limits of broad\.services\.store: processors: \S+ \S+, not 0\.5$/),
      expect.stringMatching(/^limits of broad\.services\.store: \/scratch: absent, not in memory/),
      expect.stringMatching(
        /^limits of broad\.services\.store: api\.example\.com: absent, not 192\.0\.2\.7$/,
      ),
      expect.stringMatching(/^limits of broad\.services\.other: user: 1000:1002:\S*, not 1000:1001$/),
    ]),
  );
});
