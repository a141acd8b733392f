import { expect, test } from "@jest/globals";
import { copyDatabase, dropDatabase, timeAfter } from "../../../src/fork/postgres/statements.ts";

test("a database is copied file by file, from any name", () => {
  expect(copyDatabase("fork", 'the "shop"', 170_012)).toBe(
    'CREATE DATABASE fork TEMPLATE "the ""shop""" STRATEGY FILE_COPY',
  );
  expect(copyDatabase("fork", "shop", 140_000)).toBe('CREATE DATABASE fork TEMPLATE "shop"');
});

test("a database is dropped with its clients, where the server can", () => {
  expect(dropDatabase("fork", 130_000)).toBe("DROP DATABASE IF EXISTS fork WITH (FORCE)");
  expect(dropDatabase("fork", 120_022)).toBe("DROP DATABASE IF EXISTS fork");
});

test("the end of a fork is by the server's clock", () => {
  expect(timeAfter(1500)).toBe("SELECT ceil(extract(epoch FROM now()) + 1.5)::bigint AS until");
});
