import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { findEngine } from "../../../src/docker/find-engine.ts";
import { diskOf, inspectMachine, readUserNamespaces } from "../../../src/doctor/machine/inspect-machine.ts";

test("an unreachable engine is the only finding", async () => {
  const environment = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const checks = await inspectMachine(() => findEngine(environment), environment);
  expect(checks).toMatchObject([{ id: "engine", state: "problem" }]);
  expect(checks[0]?.finding).toContain("/nowhere/docker.sock");
});

test.each([
  ["Docker", "containers"],
  ["Podman", "libpod"],
])("the disk space of %s's data folder is measured, even without read permission", async (_, part) => {
  const folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  const isRoot = process.geteuid?.() === 0;
  try {
    expect(await diskOf(join(folder, "elsewhere"))).toBeUndefined();
    expect(await diskOf(folder)).toBeUndefined();
    mkdirSync(join(folder, part));
    expect(await diskOf(folder)).toMatchObject({ folder });
    chmodSync(folder, 0o600);
    // Root may read every folder.
    if (isRoot) process.seteuid?.(65_534);
    const found = await diskOf(folder);
    if (isRoot) process.seteuid?.(0);
    expect(found?.total).toBeGreaterThan(0);
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  }
});

test("the kernel's settings for user namespaces are read, and missing ones are omitted", () => {
  const folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  try {
    expect(readUserNamespaces(folder)).toEqual({});
    for (const name of ["user", "kernel"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "user/max_user_namespaces"), "0\n");
    expect(readUserNamespaces(folder)).toEqual({ "user.max_user_namespaces": 0 });
    writeFileSync(join(folder, "user/max_user_namespaces"), "28633\n");
    writeFileSync(join(folder, "kernel/unprivileged_userns_clone"), "0\n");
    writeFileSync(join(folder, "kernel/apparmor_restrict_unprivileged_userns"), "1\n");
    expect(readUserNamespaces(folder)).toEqual({
      "user.max_user_namespaces": 28_633,
      "kernel.unprivileged_userns_clone": 0,
      "kernel.apparmor_restrict_unprivileged_userns": 1,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
