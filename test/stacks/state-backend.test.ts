import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { configuredBackend, stateAddress, withoutCredentials } from "../../src/stacks/state-backend.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-backend-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function project(content: string): void {
  writeFileSync(path.join(folder, "Pulumi.yaml"), content);
}

test("PULUMI_BACKEND_URL comes before Pulumi.yaml; without both there is none", () => {
  project("name: shop\nbackend: { url: s3://states }\n");
  expect(configuredBackend(folder, { PULUMI_BACKEND_URL: "gs://others" })).toBe("gs://others");
  expect(configuredBackend(folder, {})).toBe("s3://states");
  project("name: shop\n");
  expect(configuredBackend(folder, {})).toBeUndefined();
  project("name: shop\nbackend:\n");
  expect(configuredBackend(folder, {})).toBeUndefined();
  project("name: shop\nbackend: { url: 7 }\n");
  expect(() => configuredBackend(folder, {})).toThrow("Pulumi.yaml: backend.url is 7; it must be a URL");
});

test("a local folder gets its full path, and no metadata files", () => {
  project("name: shop\n");
  const backend = (url: string) => configuredBackend(folder, { PULUMI_BACKEND_URL: url });
  expect(backend("file://states")).toBe(`file://${folder}/states?metadata=skip`);
  expect(backend("file://~/states")).toBe(`file://${homedir()}/states?metadata=skip`);
  expect(backend("file:///srv/states?no_tmp_dir=false")).toBe(
    "file:///srv/states?no_tmp_dir=false&metadata=skip",
  );
  const full = "file:///srv/states?metadata=skip";
  expect(backend(full)).toBe(full);
});

test.each([
  ["file:///srv/states?metadata=skip", "file:///srv/states"],
  ["postgres://me:hush@db:5432/states?sslmode=disable", "postgres://db:5432/states"],
  ["postgres://you@db:5432/states?table=nest&sslmode=require", "postgres://db:5432/states?table=nest"],
  // The parameters identify the server, so all of them stay.
  ["s3://states?region=eu-west-1&endpoint=minio:9000", "s3://states?region=eu-west-1&endpoint=minio:9000"],
  ["azblob://states?storage_account=one", "azblob://states?storage_account=one"],
  ["gs://states", "gs://states"],
])("the address of %s is %s", (url, address) => {
  expect(stateAddress(url)).toBe(address);
});

test("passwords are removed", () => {
  const text = 'open "postgres://me:hu%40sh@db/states?password=hush&sslmode=disable": refused for a@b.c';
  expect(withoutCredentials(text)).toBe(
    'open "postgres://db/states?password=…&sslmode=disable": refused for a@b.c',
  );
});
