import { posix } from "node:path";
import { base36Digest } from "../../model/names.ts";
import { CERTIFICATES } from "../../model/plan/place-network.ts";
import type { Plan, PlannedContainer, PlannedFile } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { type Text, textParts } from "../../model/text.ts";
import { helperContainer } from "./helper-container.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type { ConfigMapManifest, Metadata, PodContainer, PodMount, PodVolume } from "./manifest.ts";
import { podVariables, SECRET_NAME } from "./pod-environment.ts";

/** The files of a pod, and what brings them into it. */
export interface PodFiles {
  readonly configMap?: ConfigMapManifest;
  readonly volumes: readonly PodVolume[];
  readonly mounts: readonly PodMount[];
  readonly initContainers: readonly PodContainer[];
  /** A hash of the ConfigMap's content. */
  readonly contentHash?: string;
}

/** A file of a pod. Its key is its name in the volume. */
interface PodFile<Source> {
  readonly key: string;
  readonly target: string;
  readonly source: Source;
}

type Source =
  | { readonly kind: "plain"; readonly content: Uint8Array; readonly executable: boolean }
  | { readonly kind: "secret"; readonly secret: string }
  /** Text with secrets in it. */
  | { readonly kind: "mixed"; readonly text: Text };

type SourceOf<Kind extends Source["kind"]> = Extract<Source, { readonly kind: Kind }>;

/** The volume of plain files and secrets, and the volume of files that an init container writes. */
const FILES = "files";
const WRITTEN = "written-files";

/** https://kubernetes.io/docs/concepts/configuration/configmap/#motivation */
const MOST_BYTES = 1024 ** 2;

/**
 * The files of a container, mounted read-only: plain ones from a ConfigMap, secrets from the sandbox's
 * Secret. An init container writes text with secrets in it.
 * @throws ConfigurationError for more files than a ConfigMap holds
 */
export function podFiles(
  plan: Plan,
  container: PlannedContainer,
  placement: KubernetesPlacement,
  metadata: Metadata,
): PodFiles {
  const files = filesOf(container, placement);
  const plain = ofKind(files, "plain");
  const mixed = ofKind(files, "mixed");
  if (bytesOf(plain) > MOST_BYTES) throw tooManyBytes(plan, container, bytesOf(plain));
  const configMap = plain.length === 0 ? undefined : configMapManifest(plain, metadata);
  return {
    ...(configMap && { configMap, contentHash: contentHash(configMap) }),
    volumes: [
      ...(mixed.length < files.length ? [projectedVolume(files, configMap)] : []),
      ...(mixed.length > 0 ? [{ name: WRITTEN, emptyDir: { medium: "Memory" } }] : []),
    ],
    mounts: files.map(({ key, target, source }) => ({
      name: source.kind === "mixed" ? WRITTEN : FILES,
      mountPath: target,
      subPath: key,
      readOnly: true,
    })),
    initContainers: mixed.length === 0 ? [] : [writingContainer(mixed, placement)],
  };
}

function filesOf(
  { files, placeCertificates }: PlannedContainer,
  { certificates, projectFiles }: KubernetesPlacement,
): readonly PodFile<Source>[] {
  const all: readonly PlannedFile[] =
    placeCertificates && certificates !== undefined
      ? [{ target: CERTIFICATES, source: { content: certificates } }, ...files]
      : files;
  const keys = new Set<string>();
  return all
    .flatMap(({ target, source }) =>
      "content" in source
        ? [{ target, source: textSource(source.content) }]
        : (projectFiles[source.path] ?? []).map(({ path, content, executable }) => ({
            target: posix.join(target, path),
            source: { kind: "plain" as const, content, executable },
          })),
    )
    .map((file) => ({ key: freeKey(file.target, keys), ...file }));
}

function textSource(text: Text): Source {
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

function ofKind<Kind extends Source["kind"]>(
  files: readonly PodFile<Source>[],
  kind: Kind,
): readonly PodFile<SourceOf<Kind>>[] {
  return files.filter((file): file is PodFile<SourceOf<Kind>> => file.source.kind === kind);
}

function bytesOf(files: readonly PodFile<SourceOf<"plain">>[]): number {
  return files.reduce((sum, { key, source }) => sum + key.length + source.content.byteLength, 0);
}

function tooManyBytes({ sandbox }: Plan, { key }: PlannedContainer, bytes: number): ConfigurationError {
  const size = `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return new ConfigurationError(
    `${sandbox}.services.${key}.files: has ${size}, and a ConfigMap holds 1 MiB; ` +
      "declare fewer files, or use an image that contains them",
  );
}

function configMapManifest(
  files: readonly PodFile<SourceOf<"plain">>[],
  metadata: Metadata,
): ConfigMapManifest {
  const texts: Record<string, string> = {};
  const binaries: Record<string, string> = {};
  for (const { key, source } of files) {
    const text = printableText(source.content);
    if (text === undefined) binaries[key] = Buffer.from(source.content).toString("base64");
    else texts[key] = text;
  }
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    ...(Object.keys(texts).length > 0 && { data: texts }),
    ...(Object.keys(binaries).length > 0 && { binaryData: binaries }),
  };
}

/** The text of UTF-8 without NUL, or undefined. */
function printableText(content: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

function contentHash({ data, binaryData }: ConfigMapManifest): string {
  return base36Digest(JSON.stringify([data, binaryData]), 12);
}

function projectedVolume(
  files: readonly PodFile<Source>[],
  configMap: ConfigMapManifest | undefined,
): PodVolume {
  const plain = ofKind(files, "plain");
  const secrets = ofKind(files, "secret");
  const hasPrograms = plain.some(({ source }) => source.executable);
  return {
    name: FILES,
    projected: {
      sources: [
        ...(configMap
          ? [
              {
                configMap: {
                  name: configMap.metadata.name ?? "",
                  ...(hasPrograms && {
                    items: plain.map(({ key, source }) => ({
                      key,
                      path: key,
                      ...(source.executable && { mode: 0o555 }),
                    })),
                  }),
                },
              },
            ]
          : []),
        ...(secrets.length > 0
          ? [
              {
                secret: {
                  name: SECRET_NAME,
                  items: secrets.map(({ key, source }) => ({ key: source.secret, path: key })),
                },
              },
            ]
          : []),
      ],
    },
  };
}

/** Kubernetes expands secrets in variables, but not in files. */
function writingContainer(
  files: readonly PodFile<SourceOf<"mixed">>[],
  placement: KubernetesPlacement,
): PodContainer {
  const contents = Object.fromEntries(files.map(({ source }, index) => [`FILE_${index + 1}`, source.text]));
  const commands = files.map(({ key }, index) => `printf %s "$FILE_${index + 1}" >/files/${key}`);
  return {
    ...helperContainer("write-files", commands.join("\n"), placement),
    env: podVariables(contents),
    volumeMounts: [{ name: WRITTEN, mountPath: "/files" }],
  };
}
