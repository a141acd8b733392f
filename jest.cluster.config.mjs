import config from "./jest.config.mjs";

const { projects, ...options } = config;
const [unit] = projects;

const shared = {
  ...unit,
  testPathIgnorePatterns: [],
  setupFiles: [],
  globalSetup: "<rootDir>/test/publish.cjs",
};

/** Tests that need a Kubernetes cluster. `npm run test:cluster` starts it, and removes it after them. */
export default {
  ...options,
  projects: [
    {
      ...shared,
      displayName: "cluster",
      testMatch: ["<rootDir>/test/**/*.cluster.test.ts"],
      runner: "jest-runner",
    },
    {
      ...shared,
      // By this name its runner takes the files one by one.
      displayName: "serial",
      testMatch: ["<rootDir>/test/**/*.cluster-serial.test.ts"],
      runner: "<rootDir>/test/serial-runner.cjs",
    },
  ],
  // Tests wait for the cluster most of their time.
  maxWorkers: 3,
};
