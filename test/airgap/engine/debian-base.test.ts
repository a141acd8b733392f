import { expect, test } from "@jest/globals";
import { archiveIn } from "../../../airgap/engine/debian-base.ts";

test("the archive is read from both formats of sources", () => {
  expect(archiveIn("# deb http://no/debian x main\ndeb http://archive.example/debian bookworm main")).toBe(
    "http://archive.example/debian",
  );
  expect(archiveIn("deb [signed-by=/a.gpg] https://proxy.example/apt/debian/ bookworm main")).toBe(
    "https://proxy.example/apt/debian/",
  );
  const deb822 = "Types: deb\nURIs: http://archive.example/debian\nSuites: bookworm\n";
  expect(archiveIn(deb822)).toBe("http://archive.example/debian");
});

test("other archives than Debian's are ignored", () => {
  expect(archiveIn("deb https://packages.example/node_20.x nodistro main")).toBeUndefined();
  expect(archiveIn("URIs: http://archive.example/debian-security")).toBeUndefined();
  expect(archiveIn("deb http://archive.ubuntu.com/ubuntu noble main")).toBeUndefined();
});
