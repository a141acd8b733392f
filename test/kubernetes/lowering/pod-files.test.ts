import { expect, test } from "@jest/globals";
import type { ProjectFile } from "../../../src/kubernetes/lowering/kubernetes-placement.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../../src/model/declaration/service.ts";
import { secret, text } from "../../../src/model/text.ts";
import { loweredService, podOf } from "./placed-manifests.ts";

type Files = NonNullable<ServiceDefinition["files"]>;

function box(files: Files) {
  return sandbox("box", { services: { web: { image: "a", files } } });
}

function file(path: string, content: string | Uint8Array, executable = false): ProjectFile {
  return { path, content: Buffer.from(content), executable };
}

test("plain files are in a ConfigMap, each mounted read-only at its path", () => {
  const declared = box({ "/etc/a.conf": { content: "a\n" }, "/srv/a.conf": { content: "b" } });
  expect(loweredService(declared, "web").configMaps[0]).toMatchObject({
    metadata: { name: "web-files" },
    data: { "a.conf": "a\n", "a.conf-2": "b" },
  });
  const pod = podOf(declared, "web");
  expect(pod.volumes).toEqual([
    { name: "files", projected: { sources: [{ configMap: { name: "web-files" } }] } },
  ]);
  expect(pod.containers[0]?.volumeMounts).toEqual([
    { name: "files", mountPath: "/etc/a.conf", subPath: "a.conf", readOnly: true },
    { name: "files", mountPath: "/srv/a.conf", subPath: "a.conf-2", readOnly: true },
  ]);
});

test("a secret as a whole file comes from the Secret alone", () => {
  const declared = box({ "/run/secrets/p": { content: secret("password") } });
  expect(loweredService(declared, "web").configMaps).toEqual([]);
  expect(podOf(declared, "web").volumes).toEqual([
    {
      name: "files",
      projected: { sources: [{ secret: { name: "secrets", items: [{ key: "password", path: "p" }] } }] },
    },
  ]);
});

test("an init container writes text with secrets in it, into memory", () => {
  const declared = box({ "/etc/a": { content: text`p=${secret("password")};$(x)` } });
  const { initContainers, containers, volumes } = podOf(declared, "web");
  expect(initContainers).toMatchObject([
    {
      name: "write-files",
      command: ["sh", "-ec", 'printf %s "$FILE_1" >/files/a'],
      env: [
        { name: "NESTBOX_SECRET_PASSWORD" },
        { name: "FILE_1", value: "p=$(NESTBOX_SECRET_PASSWORD);$$(x)" },
      ],
    },
  ]);
  expect(containers[0]?.volumeMounts).toMatchObject([
    { name: "written-files", subPath: "a", readOnly: true },
  ]);
  expect(volumes).toEqual([{ name: "written-files", emptyDir: { medium: "Memory" } }]);
});

test("a folder of the project has its files, binary ones and programs too", () => {
  const projectFiles = {
    app: [file("main.py", "é\n"), file("bin/run", new Uint8Array([0, 255]), true), file(".env", "")],
  };
  const declared = box({ "/srv": { path: "app" } });
  const [configMap] = loweredService(declared, "web", { projectFiles }).configMaps;
  expect(configMap).toMatchObject({ data: { "main.py": "é\n", env: "" }, binaryData: { run: "AP8=" } });
  const pod = podOf(declared, "web", { projectFiles });
  expect(pod.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
    "/srv/main.py",
    "/srv/bin/run",
    "/srv/.env",
  ]);
  expect(pod.volumes?.[0]?.projected?.sources?.[0]?.configMap?.items).toContainEqual({
    key: "run",
    path: "run",
    mode: 0o555,
  });
});

test("changed content changes the pod, so that it is replaced", () => {
  const annotations = (content: string) =>
    loweredService(box({ "/a": { content } }), "web").workload.spec.template.metadata?.annotations;
  expect(annotations("a")).toEqual(annotations("a"));
  expect(annotations("a")).not.toEqual(annotations("b"));
});

test("the certificates of a placement are a file of services", () => {
  const declared = sandbox("box", {
    services: { web: { image: "web" } },
  });
  const [configMap] = loweredService(declared, "web", { certificates: "PEM" }).configMaps;
  expect(configMap?.data).toEqual({ "certificates.pem": "PEM" });
  const [container] = podOf(declared, "web", { certificates: "PEM" }).containers;
  expect(container?.env).toContainEqual({ name: "SSL_CERT_FILE", value: "/run/nestbox/certificates.pem" });
  expect(podOf(declared, "web").volumes).toBeUndefined();
});

test("more than a ConfigMap holds is an error that names the service", () => {
  const projectFiles = { app: [file("a", "a".repeat(2 ** 20)), file("b", "b")] };
  expect(() => loweredService(box({ "/srv": { path: "app" } }), "web", { projectFiles })).toThrow(
    "box.services.web.files: has 1.0 MiB, and a ConfigMap holds 1 MiB; " +
      "declare fewer files, leave out this machine's authorities by certificates: false, or use an image " +
      "that contains the files",
  );
});
