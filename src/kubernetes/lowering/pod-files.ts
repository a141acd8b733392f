import { isUtf8 } from "node:buffer";
import { posix } from "node:path";
import { CERTIFICATES } from "../../model/plan/place-network.ts";
import type { PlannedContainer, PlannedFile } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { type Text, textParts } from "../../model/text.ts";
import { helperContainer } from "./helper-container.ts";
import type { KubernetesPlacement, PlacedPlan } from "./kubernetes-placement.ts";
import type { ConfigMapManifest, PodContainer } from "./manifest.ts";
import { podVariables, SECRET_NAME } from "./pod-environment.ts";
import { nameIn } from "./sandbox-scope.ts";

type FileContent =
  | { readonly kind: "plain"; readonly content: Uint8Array; readonly executable: boolean }
  | { readonly kind: "secret"; readonly secret: string }
  /** Text with secrets in it. */
  | { readonly kind: "mixed"; readonly text: Text };

/** A file of a pod. Its key is its name in the volume. */
type PodFile = FileContent & { readonly key: string; readonly target: string };

type FileOf<Kind> = Extract<PodFile, { readonly kind: Kind }>;

/** The volume of plain files and secrets, and the volume of files that an init container writes. */
const FILES = "files";
const WRITTEN = "written-files";

/** Bytes. https://kubernetes.io/docs/concepts/configuration/configmap/#motivation */
export const LARGEST_CONFIG_MAP = 1024 ** 2;

/**
 * The files of a container, mounted read-only: plain ones from a ConfigMap, secrets from the sandbox's
 * Secret. An init container writes text with secrets in it.
 * @param head the head of the ConfigMap
 * @throws ConfigurationError for more files than a ConfigMap holds
 */
export function podFiles(
  { plan: { sandbox }, placement }: PlacedPlan,
  container: Pick<PlannedContainer, "key" | "user" | "files" | "placeCertificates">,
  head: Pick<ConfigMapManifest, "apiVersion" | "kind" | "metadata">,
) {
  const files = filesOf(container, placement);
  const plain = files.filter((file) => file.kind === "plain");
  const secrets = files.filter((file) => file.kind === "secret");
  const mixed = files.filter((file) => file.kind === "mixed");
  requireFit(plain, `${sandbox}.services.${container.key}.files`);
  const configMaps: readonly ConfigMapManifest[] =
    plain.length > 0 ? [{ ...head, ...configData(plain) }] : [];
  const items = secrets.map(({ key, secret }) => ({ key: secret, path: key }));
  const sources = [
    ...configMaps.map(({ metadata: { name = "" } }) => ({ configMap: { name, ...programItems(plain) } })),
    ...(items.length > 0 ? [{ secret: { name: nameIn(placement, SECRET_NAME), items } }] : []),
  ];
  return {
    configMaps,
    volumes: [
      ...(sources.length > 0 ? [{ name: FILES, projected: { sources } }] : []),
      ...(mixed.length > 0 ? [{ name: WRITTEN, emptyDir: { medium: "Memory" } }] : []),
    ],
    mounts: files.map(({ key, target, kind }) => ({
      name: kind === "mixed" ? WRITTEN : FILES,
      mountPath: target,
      subPath: key,
      readOnly: true,
    })),
    initContainers: mixed.length > 0 ? [writingContainer(mixed, placement, container)] : [],
  };
}

function filesOf(
  { files, placeCertificates }: Pick<PlannedContainer, "files" | "placeCertificates">,
  { certificates, projectFiles }: KubernetesPlacement,
): readonly PodFile[] {
  const all: readonly PlannedFile[] =
    placeCertificates && certificates !== undefined
      ? [{ target: CERTIFICATES, source: { content: certificates } }, ...files]
      : files;
  const keys = new Set<string>();
  return all
    .flatMap(({ target, source }) =>
      "content" in source
        ? [{ target, ...contentOf(source.content) }]
        : (projectFiles[source.path] ?? []).map(({ path, content, executable }) => ({
            target: posix.join(target, path),
            ...{ kind: "plain" as const, content, executable },
          })),
    )
    .map((file) => ({ key: freeKey(file.target, keys), ...file }));
}

function contentOf(text: Text): FileContent {
  const [first, ...others] = textParts(text);
  if (others.length > 0) return { kind: "mixed", text };
  if (typeof first === "object") return { kind: "secret", secret: first.secret };
  return { kind: "plain", content: Buffer.from(first ?? ""), executable: false };
}

/**
 * The file's name, as a key that is not taken:
 * https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-object
 */
function freeKey(target: string, taken: Set<string>): string {
  const name = posix
    .basename(target)
    .replace(/[^A-Za-z0-9_.-]/g, "-")
    .replace(/^\.+/, "")
    .slice(0, 200);
  let key = name === "" ? "file" : name;
  for (let count = 2; taken.has(key); count++) key = `${name}-${count}`;
  taken.add(key);
  return key;
}

function requireFit(files: readonly FileOf<"plain">[], place: string): void {
  const bytes = files.reduce((sum, { key, content }) => sum + key.length + content.byteLength, 0);
  if (bytes <= LARGEST_CONFIG_MAP) return;
  throw new ConfigurationError(
    `${place}: has ${(bytes / 1024 ** 2).toFixed(1)} MiB, and a ConfigMap holds 1 MiB; ` +
      "declare fewer files, leave out this machine's authorities by certificates: false, or use an image " +
      "that contains the files",
  );
}

function configData(files: readonly FileOf<"plain">[]): Pick<ConfigMapManifest, "data" | "binaryData"> {
  const isText = ({ content }: FileOf<"plain">) => isUtf8(content) && !content.includes(0);
  const entries = (found: typeof files, encoding: "utf8" | "base64") =>
    Object.fromEntries(found.map(({ key, content }) => [key, Buffer.from(content).toString(encoding)]));
  const texts = files.filter(isText);
  const binaries = files.filter((file) => !isText(file));
  return {
    ...(texts.length > 0 && { data: entries(texts, "utf8") }),
    ...(binaries.length > 0 && { binaryData: entries(binaries, "base64") }),
  };
}

/** The modes of executable files, which need a list of all files of the ConfigMap. */
function programItems(files: readonly FileOf<"plain">[]) {
  if (!files.some(({ executable }) => executable)) return {};
  return {
    items: files.map(({ key, executable }) => ({ key, path: key, ...(executable && { mode: 0o555 }) })),
  };
}

/** Kubernetes expands secrets in variables, but not in files. */
function writingContainer(
  files: readonly FileOf<"mixed">[],
  placement: KubernetesPlacement,
  container: Pick<PlannedContainer, "user">,
): PodContainer {
  const contents = Object.fromEntries(files.map(({ text }, index) => [`FILE_${index + 1}`, text]));
  const commands = files.map(({ key }, index) => `printf %s "$FILE_${index + 1}" >/files/${key}`);
  return {
    ...helperContainer("write-files", commands.join("\n"), placement, container),
    env: podVariables(placement, contents),
    volumeMounts: [{ name: WRITTEN, mountPath: "/files" }],
  };
}
