import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readCaCertificates } from "../../../src/gitlab/runner/ca-certificates.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(content: string): string {
  const file = join(folder, "ca.pem");
  writeFileSync(file, content);
  return file;
}

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

test("certificates are returned unchanged", () => {
  expect(readCaCertificates(fileWith(CERTIFICATE))).toBe(CERTIFICATE);
});

test.each([
  ["a private key", `${CERTIFICATE}-----BEGIN EC PRIVATE KEY-----\n`, /contains a private key/],
  ["something else", "ca", /contains no certificate; name a file with CA certificates in PEM/],
])("%s is refused", (_, content, message) => {
  expect(() => readCaCertificates(fileWith(content))).toThrow(message);
});

test("a missing file is named", () => {
  expect(() => readCaCertificates(join(folder, "none.pem"))).toThrow(/none\.pem: .* \(ENOENT\)/);
});
