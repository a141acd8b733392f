import path from "node:path";
import { expect, test } from "@jest/globals";
import { absoluteKubeconfig } from "../../src/project/kubeconfig-variable.ts";

test("relative paths of KUBECONFIG start from the current folder, whoever reads them", () => {
  const KUBECONFIG = ["kubeconfig", "", "/etc/kube/config", "../other"].join(path.delimiter);
  expect(absoluteKubeconfig({ KUBECONFIG }).KUBECONFIG?.split(path.delimiter)).toEqual([
    path.join(process.cwd(), "kubeconfig"),
    "/etc/kube/config",
    path.join(path.dirname(process.cwd()), "other"),
  ]);
});

test.each([{}, { KUBECONFIG: "" }])("%j stays: the file in the home folder counts", (environment) => {
  expect(absoluteKubeconfig(environment)).toEqual({});
});
