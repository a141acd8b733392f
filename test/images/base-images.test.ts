import { expect, test } from "@jest/globals";
import { baseImages } from "../../src/images/base-images.ts";

test.each([
  ["FROM alpine:3.19\nRUN true\n", {}, ["alpine:3.19"]],
  [
    "from --platform=linux/amd64 golang:1.25 as build\nFROM scratch\nCOPY --from=build /a /a",
    {},
    ["golang:1.25"],
  ],
  ["FROM node:24 AS base\nFROM base AS tests\nFROM \\\n  BASE\n", {}, ["node:24"]],
  ["ARG VERSION=3.19\nFROM alpine:${VERSION}\n", {}, ["alpine:3.19"]],
  ['ARG VERSION="3.19"\nFROM alpine:$VERSION\n', { VERSION: "3.20" }, ["alpine:3.20"]],
  ["FROM alpine:${VERSION:-3.19}\n", {}, ["alpine:3.19"]],
  ["ARG IMAGE\nFROM $IMAGE\n", {}, []],
  ["FROM alpine:3.19\nARG NEXT=a\nFROM $NEXT\n", {}, ["alpine:3.19"]],
])("the images that %j starts from", (dockerfile, args, expected) => {
  expect(baseImages(dockerfile, args)).toEqual(expected);
});
