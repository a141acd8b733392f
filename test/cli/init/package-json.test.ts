import { expect, test } from "@jest/globals";
import { extendedManifest, newManifest } from "../../../src/cli/init/package-json.ts";

const ADDITIONS = { scripts: { "sandbox:run": "nestbox run shop" }, devDependencies: { nestbox: "^0.1.0" } };

test("a new package.json is private", () => {
  expect(newManifest(ADDITIONS, undefined)).toBe(`{
  "private": true,
  "scripts": {
    "sandbox:run": "nestbox run shop"
  },
  "devDependencies": {
    "nestbox": "^0.1.0"
  }
}
`);
});

test("a new package.json below an ES module package stays one", () => {
  expect(newManifest({ scripts: {}, devDependencies: {} }, "module")).toBe(`{
  "private": true,
  "type": "module",
  "scripts": {}
}
`);
});

test("scripts go before the dependencies, and dependencies are sorted", () => {
  const text = `{
  "name": "shop",
  "devDependencies": {
    "jest": "^30.0.0",
    "typescript": "^6.0.0"
  },
  "license": "MIT"
}
`;
  expect(extendedManifest(text, ADDITIONS)).toBe(`{
  "name": "shop",
  "scripts": {
    "sandbox:run": "nestbox run shop"
  },
  "devDependencies": {
    "jest": "^30.0.0",
    "nestbox": "^0.1.0",
    "typescript": "^6.0.0"
  },
  "license": "MIT"
}
`);
});

test("scripts and dependencies that are there stay, also among others", () => {
  const text = `{
  "scripts": {
    "sandbox:run": "make run",
    "test": "jest"
  },
  "dependencies": {
    "nestbox": "file:../nestbox.tgz"
  }
}
`;
  expect(extendedManifest(text, ADDITIONS)).toBe(text);
});

test.each([
  ["tabs", '{\n\t"name": "shop"\n}\n', '{\n\t"name": "shop",\n\t"scripts": {\n\t\t"a": "b"\n\t}\n}\n'],
  [
    "four spaces",
    '{\n    "name": "a"\n}',
    '{\n    "name": "a",\n    "scripts": {\n        "a": "b"\n    }\n}',
  ],
  [
    "CRLF",
    '{\r\n  "name": "a"\r\n}\r\n',
    '{\r\n  "name": "a",\r\n  "scripts": {\r\n    "a": "b"\r\n  }\r\n}\r\n',
  ],
  [
    "a byte order mark",
    '\uFEFF{\n  "name": "a"\n}\n',
    '\uFEFF{\n  "name": "a",\n  "scripts": {\n    "a": "b"\n  }\n}\n',
  ],
  ["an empty object", "{}\n", '{\n  "scripts": {\n    "a": "b"\n  }\n}\n'],
])("%s stay", (_, text, extended) => {
  const additions = { scripts: { a: "b" }, devDependencies: {} };
  expect(extendedManifest(text, additions)).toBe(extended);
  expect(extendedManifest(extended, additions)).toBe(extended);
});
