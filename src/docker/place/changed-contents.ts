import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { hashFile } from "../../machine/hash-file.ts";
import { LABEL } from "../../model/labels.ts";
import { renderText, secretsIn, type Text } from "../../model/text.ts";
import { readContainerFile } from "../container-file.ts";
import { type Creation, secretValues } from "../create-container.ts";
import type { ExistingContainer } from "../facts.ts";
import { filesToCopy } from "../files-to-copy.ts";
import type { DockerService } from "../lowering/lower-service.ts";
import { inspect } from "../started-container.ts";
import { keyOf } from "./existing-component.ts";

/**
 * A service with a hash of the files that it gets from this machine among its labels. The hash of the plan
 * has their paths alone, and what the declaration itself contains.
 * @throws ConfigurationError for a missing file
 */
export async function withFileHash(service: DockerService, projectFolder: string): Promise<DockerService> {
  const files = filesToCopy(service, projectFolder).filter(({ source }) => !("content" in source));
  if (files.length === 0) return service;
  const hash = createHash("sha256");
  for (const { path, mode, source } of files) {
    if ("content" in source) continue;
    const file = "hostFile" in source ? source.hostFile : source.projectFile;
    hash.update(`${path}\0${mode}\0${statSync(file).size}\0`);
    await hashFile(hash, file);
  }
  const labels = { ...service.body.Labels, [LABEL.files]: hash.digest("hex").slice(0, 12) };
  return { ...service, body: { ...service.body, Labels: labels } };
}

/**
 * The keys of services whose containers have other files of this machine, or other values of secrets, than
 * they would get now. Values of secrets are compared with those in the container: a label would reveal them.
 */
export async function changedContents(
  services: readonly DockerService[],
  existing: readonly ExistingContainer[],
  creation: Creation,
): Promise<ReadonlySet<string>> {
  const comparisons = existing.map(async (container) => {
    const service = services.find(({ key }) => key === keyOf(container));
    // Another plan replaces it anyway.
    if (service === undefined || container.labels[LABEL.plan] !== service.body.Labels[LABEL.plan]) return [];
    const isSame =
      container.labels[LABEL.files] === service.body.Labels[LABEL.files] &&
      (await hasSecrets(service, container.id, creation));
    return isSame ? [] : [service.key];
  });
  return new Set((await Promise.all(comparisons)).flat());
}

/** Whether a container has the current values of secrets in its variables and files. */
async function hasSecrets(
  { body, files }: DockerService,
  container: string,
  creation: Creation,
): Promise<boolean> {
  const { engine } = creation;
  const secretValue = secretValues(creation);
  const rendered = (text: Text) => renderText(text, secretValue);
  const variables = body.Env.filter((variable) => secretsIn(variable).length > 0).map(rendered);
  if (variables.length > 0) {
    const { Config } = await inspect({ engine, container });
    if (!variables.every((variable) => Config.Env.includes(variable))) return false;
  }
  for (const { target, source } of files) {
    if (!("content" in source) || secretsIn(source.content).length === 0) continue;
    if ((await readContainerFile(engine, container, target)) !== rendered(source.content)) return false;
  }
  return true;
}
