const { nestboxCluster } = require("./nestbox-cluster.cjs");
const publish = require("./publish.cjs");

module.exports = () => {
  publish();
  nestboxCluster("start");
};
