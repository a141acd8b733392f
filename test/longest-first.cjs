const { default: Sequencer } = require("@jest/test-sequencer");

/** Files that take longer than a minute, the longest first. Any other that ends a run ends it soon. */
const LONG = [
  "e2e/crashes.test.ts",
  "e2e/faults.test.ts",
  "pulumi/runner/real-runner.integration.test.ts",
  "e2e/fresh.test.ts",
  "emission/gitlab-ci.integration.test.ts",
  "pulumi/runner/gitlab-runner.integration.test.ts",
  "e2e/lost-leases.test.ts",
  "e2e/unchanged.test.ts",
  "proof/places/by-gitlab.integration.test.ts",
];

/** Starts the files that take longest first, so that no worker idles for long at the end. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const index = LONG.findIndex((file) => path.endsWith(`/test/${file}`));
      return index < 0 ? LONG.length : index;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
