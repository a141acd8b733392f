import config from "./jest.config.mjs";

const { projects, ...options } = config;
const [unit] = projects;

/** Tests that need a Kubernetes cluster. They share one, which starts before them and stops after them. */
export default {
  ...options,
  projects: [
    {
      ...unit,
      displayName: "cluster",
      testMatch: ["<rootDir>/test/**/*.cluster.test.ts"],
      testPathIgnorePatterns: [],
      setupFiles: [],
      setupFilesAfterEnv: ["<rootDir>/test/repeat-failed.cjs"],
      globalSetup: "<rootDir>/test/start-cluster.cjs",
      globalTeardown: "<rootDir>/test/stop-cluster.cjs",
    },
  ],
  maxWorkers: 1,
};
