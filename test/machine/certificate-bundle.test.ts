import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { certificateBundle } from "../../src/machine/certificate-bundle.ts";

test("NESTBOX_CA_BUNDLE precedes other tools' variables, and missing files are ignored", () => {
  const folder = mkdtempSync(join(tmpdir(), "nestbox-certificates-"));
  const [own, pip] = [join(folder, "own.pem"), join(folder, "pip.pem")];
  writeFileSync(own, "");
  writeFileSync(pip, "");
  const missing = join(folder, "missing.pem");
  expect(certificateBundle({ PIP_CERT: pip, NESTBOX_CA_BUNDLE: own })).toBe(own);
  expect(certificateBundle({ SSL_CERT_FILE: missing, PIP_CERT: pip })).toBe(pip);
  expect(certificateBundle({ NESTBOX_CA_BUNDLE: missing })).toBeUndefined();
  expect(certificateBundle({})).toBeUndefined();
  rmSync(folder, { recursive: true });
});
