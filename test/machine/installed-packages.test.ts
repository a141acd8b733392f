import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { peerVersion } from "../../src/machine/installed-packages.ts";
import { ConfigurationError } from "../../src/model/problem.ts";

const REPOSITORY = join(__dirname, "../..");
const { peerDependencies, version: own } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
const RANGE: string = peerDependencies["@pulumi/docker"];
const [major = 0, minor = 0, patch = 0] = RANGE.slice(1).split(".").map(Number);

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterEach(() => rmSync(project, { recursive: true }));

function install(version: string, folder = project): void {
  const packages = join(folder, "node_modules/@pulumi/docker");
  mkdirSync(packages, { recursive: true });
  writeFileSync(join(packages, "package.json"), JSON.stringify({ version }));
}

test.each([`${major}.${minor}.${patch}`, `${major}.${minor}.${patch + 1}`, `${major}.${minor + 1}.0`])(
  "version %s of a peer fits",
  (version) => {
    install(version);
    expect(peerVersion("@pulumi/docker", project)).toBe(version);
  },
);

test.each([`${major - 1}.${minor + 1}.0`, `${major + 1}.0.0`, `${major}.${minor - 1}.9`])(
  "version %s of a peer is refused with the remedy",
  (version) => {
    install(version);
    const misfit = `${project}: @pulumi/docker ${version} does not fit nestbox ${own}; `;
    const remedy = `run npm install --save-dev @pulumi/docker@${RANGE}`;
    expect(() => peerVersion("@pulumi/docker", project)).toThrow(new ConfigurationError(misfit + remedy));
  },
);

test("the nearest node_modules above the project counts", () => {
  const folder = join(project, "apps/shop");
  mkdirSync(folder, { recursive: true });
  install("1.0.0");
  install(`${major}.${minor}.${patch}`, join(project, "apps"));
  expect(peerVersion("@pulumi/docker", folder)).toBe(`${major}.${minor}.${patch}`);
});
