import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { clientWithPassword } from "../../src/catalog/password.ts";

test("a client has its password in a variable, and all words as they are", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-client-"));
  try {
    const file = path.join(folder, "password");
    writeFileSync(file, 'a"b $c');
    const print = 'printf "<%s>" "$PASSWORD" "$@"';
    const client = clientWithPassword("PASSWORD", file, ["sh", "-c", print, "sh", "two words"]);
    expect(client.join(" ")).not.toContain('a"b');
    const [program = "", ...words] = [...client, "$HOME", ""];
    expect(execFileSync(program, words).toString()).toBe('<a"b $c><two words><$HOME><>');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
