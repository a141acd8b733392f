import config from "./jest.config.mjs";

const { projects, ...options } = config;
const [unit] = projects;

// Jest has a flag of this name, which means nothing without version control. Workers inherit the variable.
if (process.argv.includes("--all")) process.env.NESTBOX_ENGINES_ALL = "1";

/** One suite on each kind of engine, for `npm run test:engines`. With `-- --all`, whole `prove` as well. */
export default {
  ...options,
  projects: [
    {
      ...unit,
      displayName: "engines",
      testMatch: ["<rootDir>/test/engines/**/*.engine.test.ts"],
      testPathIgnorePatterns: [],
      setupFiles: [],
      globalSetup: "<rootDir>/test/engines/set-up.cjs",
      runner: "jest-runner",
    },
  ],
  maxWorkers: 3,
};
