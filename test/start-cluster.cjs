const { nestbox } = require("./run-nestbox.cjs");
const publish = require("./publish.cjs");

module.exports = () => {
  publish();
  nestbox("cluster", "start");
  // No test has the time to compile the provider of the cluster's stacks.
  nestbox("install");
};
