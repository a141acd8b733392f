import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readAuthorities } from "../../../src/gitlab/runner/gitlab-authorities.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const place = join(folder, "ca.pem");
  writeFileSync(place, content);
  return place;
}

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

test("certificates are taken as they are", () => {
  expect(readAuthorities(file(CERTIFICATE))).toBe(CERTIFICATE);
});

test.each([
  ["a private key", `${CERTIFICATE}-----BEGIN EC PRIVATE KEY-----\n`, /there is a private key in it/],
  ["something else", "ca", /must be a file with certificates of authorities in PEM/],
])("%s is refused", (_, content, message) => {
  expect(() => readAuthorities(file(content))).toThrow(message);
});

test("a file that is not there is named", () => {
  expect(() => readAuthorities(join(folder, "none.pem"))).toThrow(/none\.pem: .* \(ENOENT\)/);
});
