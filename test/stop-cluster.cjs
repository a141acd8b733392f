const { nestbox } = require("./run-nestbox.cjs");

module.exports = () => nestbox("cluster", "stop");
