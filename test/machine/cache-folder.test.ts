import { expect, test } from "@jest/globals";
import { cacheFolder } from "../../src/machine/cache-folder.ts";

test("the cache folder: NESTBOX_CACHE, XDG_CACHE_HOME, home folder", () => {
  const all = { NESTBOX_CACHE: "/one", XDG_CACHE_HOME: "/two", HOME: "/three" };
  expect(cacheFolder(all)).toBe("/one");
  expect(cacheFolder({ ...all, NESTBOX_CACHE: "" })).toBe("/two/nestbox");
  expect(cacheFolder({ HOME: "/three" })).toBe("/three/.cache/nestbox");
});
