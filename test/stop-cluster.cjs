const { nestboxCluster } = require("./nestbox-cluster.cjs");

module.exports = () => nestboxCluster("stop");
