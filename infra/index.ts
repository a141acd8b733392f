import { bringUp } from "nestbox/pulumi";

/**
 * How the stack's sandboxes are reached, and what else its settings ask for: GitLab runners, and a clean-up.
 */
export default await bringUp({
  sandboxes: () => import("../sandboxes/index.ts"),
  runners: () => import("../sandboxes/runners.ts"),
});
