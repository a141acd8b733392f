import { type DockerEngine, EngineRefused, isGone, unlessGone } from "../docker-engine.ts";
import { flag, listOf, type RecordOf, refused, text, textMap } from "../property-shapes.ts";
import { property, requiredProperty, sameProperty } from "../property-table.ts";
import type { Existing, ResourceType, Work } from "../resource-type.ts";
import type { InspectedImage } from "./container-api.ts";
import { imageName } from "./image-name.ts";
import { ImageUnavailable, pullImage } from "./image-pull.ts";

const properties = {
  build: refused,
  forceRemove: property(flag({ default: false }), "provider"),
  keepLocally: property(flag({ default: false }), "provider"),
  name: requiredProperty(text(), "replaces"),
  platform: property(text(), "replaces"),
  pullTriggers: property(listOf(text()), "replaces"),
  triggers: property(textMap, "replaces"),
} as const;

type ImageInputs = RecordOf<typeof properties>;

/** An image that is still in use. The message names it and the remedy. */
export class ImageInUse extends Error {
  override readonly name = "ImageInUse";
}

/** docker:index/remoteImage:RemoteImage */
export const remoteImage: ResourceType = {
  table: properties,
  computed: ["imageId", "repoDigest"],
  completed: [],
  autoNamed: false,
  problems: () => [],
  impossibleInPlace: () => [],
  // Both have the name: removing the old image afterwards would remove the new one.
  replacesByDeletingFirst: (before, after) => sameProperty(properties, "name", before.name, after.name),

  async create(work, inputs) {
    const { name, platform, pullTriggers, triggers } = inputs as ImageInputs;
    const isTriggered = pullTriggers !== undefined || triggers !== undefined;
    const local = isTriggered ? undefined : await inspectImage(work.engine, name);
    if (local !== undefined) return existing(local, inputs);
    await pullImage(work, name, platform);
    const pulled = await inspectImage(work.engine, name);
    if (pulled === undefined) throw new ImageUnavailable(`${name} is not there after it was pulled`);
    return existing(pulled, inputs);
  },

  async read(work, id, inputs) {
    const name = String(inputs?.name ?? id.replace(/^sha256:[0-9a-f]{64}(?=.)/, ""));
    const image = await inspectImage(work.engine, name);
    if (image === undefined) return undefined;
    const said = inputs ?? { name };
    return { ...existing(image, said), inputs: said };
  },

  async update(work, id, _before, after) {
    const image = await inspectImage(work.engine, String(after.name));
    return image === undefined ? { id, outputs: after } : existing(image, after);
  },

  async delete(work, _id, inputs) {
    const { name, keepLocally, forceRemove = false } = inputs as ImageInputs;
    if (keepLocally === true) return;
    await removeImage(work, name, forceRemove);
  },
};

async function removeImage({ engine }: Work, name: string, force: boolean): Promise<void> {
  try {
    await engine.request({ method: "DELETE", path: `/images/${name}`, query: { force } });
  } catch (error) {
    if (isGone(error)) return;
    if (!(error instanceof EngineRefused)) throw error;
    throw new ImageInUse(
      `cannot remove the image ${name}: ${error.message}; set keepLocally: true to leave it where it is`,
    );
  }
}

function inspectImage(engine: DockerEngine, name: string): Promise<InspectedImage | undefined> {
  return unlessGone(engine.request({ method: "GET", path: `/images/${name}/json` }));
}

/** The id is the image's and the name's, as in the official provider: one image may have several names. */
function existing(image: InspectedImage, inputs: Readonly<Record<string, unknown>>): Existing {
  const name = String(inputs.name);
  return {
    id: image.Id + name,
    outputs: { ...(inputs as Existing["outputs"]), imageId: image.Id, repoDigest: repoDigest(image, name) },
  };
}

/** The digest under which a registry has this image; "" for an image that was never in one. */
function repoDigest({ RepoDigests }: InspectedImage, name: string): string {
  const { repository } = imageName(name);
  const digests = RepoDigests ?? [];
  return digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0] ?? "";
}
