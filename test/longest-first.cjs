const { default: Sequencer } = require("@jest/test-sequencer");

/** Files that take longer than a minute, the longest first. */
const LONG = [
  "e2e/crashes.test.ts",
  "pulumi/runner/real-runner.integration.test.ts",
  "e2e/faults.test.ts",
  "e2e/faults-in-cluster.cluster.test.ts",
  "e2e/crashes-in-cluster.cluster.test.ts",
  "emission/gitlab-ci.integration.test.ts",
  "e2e/fresh.test.ts",
  "pulumi/kubernetes/kubernetes-sandbox.cluster.test.ts",
  "cli/verbs/run-in-cluster.cluster.test.ts",
  "e2e/unchanged.test.ts",
  "pulumi/runner/gitlab-runner.integration.test.ts",
  "e2e/lost-leases.test.ts",
  "gitlab/proof/gitlab-proof.integration.test.ts",
  "packaging/nestbox.integration.test.ts",
  "e2e/clean-up.test.ts",
  "e2e/state-server.test.ts",
  "e2e/image.test.ts",
  "e2e/leases.test.ts",
  "e2e/locks.test.ts",
  "e2e/failures.test.ts",
  "proof/places/on-kubernetes.cluster.test.ts",
  "e2e/stack-in-cluster.cluster.test.ts",
  "e2e/runner-health.test.ts",
  "kubernetes/scenarios.cluster.test.ts",
  "emission/branch-jobs.integration.test.ts",
];

/**
 * Starts these files before all others that need an engine, so that no worker idles for long at the end of a
 * run. Unit tests come first: their results are there within seconds.
 */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path, context }) => {
      if (context.config.displayName?.name === "unit") return -1;
      const index = LONG.findIndex((file) => path.endsWith(`/test/${file}`));
      return index < 0 ? LONG.length : index;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
