import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { labelValue } from "../../../src/kubernetes/lowering/object-labels.ts";
import { type Sandbox, sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { Labels } from "../../../src/model/labels.ts";
import { selects } from "./network-reach.ts";
import { manifestsOf } from "./placed-manifests.ts";

const key = fc
  .stringMatching(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/)
  .filter((name) => name.length <= 40 && name !== "constructor");
const alias = fc
  .stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
  .filter((name) => name !== "build" && name !== "localhost");

/** Services, jobs, networks and volumes with any legal names. */
const declaration: fc.Arbitrary<Sandbox> = fc
  .record({
    keys: fc.uniqueArray(key, { minLength: 4, maxLength: 6 }),
    aliases: fc.uniqueArray(alias, { minLength: 6, maxLength: 6 }),
    runsOnce: fc.boolean(),
    ports: fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { maxLength: 3 }),
    files: fc.uniqueArray(fc.stringMatching(/^\/[ -9;-~]{1,40}$/), { maxLength: 4 }),
  })
  .map(({ keys: [job = "", network = "", volume = "", ...services], aliases, runsOnce, ports, files }) =>
    sandbox("box", {
      networks: { [network]: {} },
      volumes: [volume],
      services: Object.fromEntries(
        services.map((name, index) => [
          name,
          {
            image: "a",
            alias: [aliases[2 * index] ?? "a", aliases[2 * index + 1] ?? "b"],
            ports,
            runsOnce: runsOnce && index === 0,
            volumes: { "/volume": volume },
            files: Object.fromEntries(
              files
                // Without them it would be "/".
                .filter((path) => /[^./]/.test(path) && !/(^|\/)\.\.?(\/|$)/.test(path))
                .map((path) => [path, { content: path }]),
            ),
          },
        ]),
      ),
      jobs: { [job]: { image: "a", script: ["true"], volumes: { "/volume": volume } } },
    }),
  );

/** A label of RFC 1123: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A label of RFC 1035, as Service names are. */
const SERVICE_NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const LABEL_NAME = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
const CONFIG_KEY = /^(?!\.\.)[A-Za-z0-9_.-]{1,253}$/;

test("all names and labels are legal, and objects of a kind have different names", () => {
  fc.assert(
    fc.property(declaration, (declared) => {
      const manifests = manifestsOf(declared);
      const ids = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { kind, metadata, ...manifest } of manifests) {
        expect(metadata.name).toMatch(kind === "Service" ? SERVICE_NAME : /^[a-z0-9][a-z0-9.-]{0,252}$/);
        if (kind === "Job" || kind === "Deployment") expect(metadata.name).toMatch(DNS_LABEL);
        requireLegal(metadata.labels ?? {});
        if ("data" in manifest)
          for (const name of Object.keys(manifest.data ?? {})) expect(name).toMatch(CONFIG_KEY);
        if (!("spec" in manifest) || !("template" in manifest.spec)) continue;
        const { metadata: pod, spec } = manifest.spec.template;
        requireLegal(pod?.labels ?? {});
        const volumes = (spec?.volumes ?? []).map(({ name }) => name);
        expect(new Set(volumes).size).toBe(volumes.length);
        for (const name of volumes) expect(name).toMatch(DNS_LABEL);
        const mounted = (spec?.containers ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts);
        expect(new Set(mounted.map(({ name }) => name))).toEqual(new Set(volumes));
      }
    }),
    { numRuns: 40 },
  );
});

function requireLegal(labels: Labels): void {
  for (const [name, value] of Object.entries(labels)) {
    expect(name).toMatch(LABEL_NAME);
    expect(value).toMatch(LABEL_VALUE);
  }
}

test("the selectors of a workload and of its Services match its own pods alone", () => {
  fc.assert(
    fc.property(declaration, (declared) => {
      const manifests = manifestsOf(declared);
      const pods = manifests.flatMap((manifest) =>
        manifest.kind === "Deployment" || manifest.kind === "Job"
          ? [{ name: manifest.metadata.name, labels: manifest.spec.template.metadata?.labels ?? {} }]
          : [],
      );
      const matching = (matchLabels: Labels) =>
        pods.filter(({ labels }) => selects({ matchLabels }, labels)).map(({ name }) => name);
      for (const manifest of manifests) {
        const part = manifest.metadata.labels?.["nestbox.part"];
        if (manifest.kind === "Deployment")
          expect(matching(manifest.spec.selector.matchLabels ?? {})).toEqual([manifest.metadata.name]);
        if (manifest.kind === "Service" && manifest.metadata.name !== "build")
          expect(matching(manifest.spec.selector ?? {})).toEqual([part]);
      }
    }),
    { numRuns: 40 },
  );
});

test("a label value is the text where that is legal, else a unique name", () => {
  expect(labelValue("feature_1.x")).toBe("feature_1.x");
  expect(labelValue("feature/one")).toMatch(/^feature-one-[a-z0-9]{6}$/);
  expect(labelValue("a".repeat(64))).toMatch(/^a{40}-[a-z0-9]{6}$/);
  fc.assert(fc.property(fc.string(), (text) => expect(labelValue(text)).toMatch(LABEL_VALUE)));
});
