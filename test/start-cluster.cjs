const { nestbox } = require("./run-nestbox.cjs");
const publish = require("./publish.cjs");

module.exports = () => {
  publish();
  nestbox("cluster", "start");
};
