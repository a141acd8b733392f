/** Lines that only the Kubernetes executor writes. Services share the network of the job's pod there. */
export const ON_KUBERNETES = new RegExp(
  'Using Kubernetes (?:executor|namespace)|Preparing the "kubernetes" executor|' +
    "^Waiting for pod \\S+\\/runner-|\\bcommand terminated with exit code \\d",
  "i",
);

/** The job's pod runs: what kept it from starting is overcome. */
export const POD_RUNS = /^Running on runner-\S+ via /;
