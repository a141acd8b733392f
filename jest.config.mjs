const shared = {
  testEnvironment: "node",
  moduleNameMapper: {
    "^nestbox$": "<rootDir>/src/model/index.ts",
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

export default {
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["<rootDir>/test/e2e/", "\\.integration\\.test\\.ts$"],
      setupFiles: ["<rootDir>/test/no-engine.cjs"],
    },
    // The path says that a test needs an engine, Go or the Pulumi CLI, which `npm test` sets up.
    {
      ...shared,
      displayName: "integration",
      testMatch: ["<rootDir>/test/e2e/**/*.test.ts", "<rootDir>/test/**/*.integration.test.ts"],
    },
  ],
  reporters: ["default", "<rootDir>/test/closing-line.cjs"],
  testTimeout: 120_000,
};
