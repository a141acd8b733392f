const shared = {
  testEnvironment: "node",
  moduleNameMapper: {
    "^nestbox$": "<rootDir>/src/start/index.ts",
    "^nestbox/catalog$": "<rootDir>/src/catalog/index.ts",
  },
  transform: {
    "\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2024" }, module: { type: "commonjs" } },
    ],
  },
  moduleFileExtensions: ["ts", "js", "mjs", "cjs", "json", "node"],
};

/** Where tests have the published package. */
const published = { ...shared, globalSetup: "<rootDir>/test/publish.cjs" };

// Jest has a flag of this name, which means nothing without version control. Workers inherit the variable.
if (process.argv.includes("--all")) process.env.NESTBOX_CATALOG_ALL = "1";

const SERIAL = "\\.serial\\.test\\.ts$";
const SERIAL_RUNNER = "<rootDir>/test/serial-runner.cjs";

// The path says what a test needs: an engine, Go or the Pulumi CLI, or the engine for itself alone.
export default {
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: [
        "<rootDir>/test/e2e/",
        "\\.(integration|cluster|cluster-serial|engine)\\.test\\.ts$",
        SERIAL,
      ],
      setupFiles: ["<rootDir>/test/no-engine.cjs", "<rootDir>/test/property-seed.cjs"],
      runner: SERIAL_RUNNER,
    },
    {
      ...published,
      displayName: "integration",
      testMatch: ["<rootDir>/test/e2e/**/*.test.ts", "<rootDir>/test/**/*.integration.test.ts"],
      testPathIgnorePatterns: ["\\.cluster(-serial)?\\.test\\.ts$", SERIAL],
    },
    {
      ...published,
      displayName: "serial",
      testMatch: ["<rootDir>/test/**/*.serial.test.ts"],
      runner: SERIAL_RUNNER,
    },
  ],
  testSequencer: "<rootDir>/test/longest-first.cjs",
  globalSetup: "<rootDir>/test/run-folder.cjs",
  reporters: ["default", "<rootDir>/test/closing-line.cjs"],
  // More files than processors: tests with an engine wait for half of their time.
  maxWorkers: 5,
  // Ends a test that hangs, also on a busy machine.
  testTimeout: 300_000,
};
