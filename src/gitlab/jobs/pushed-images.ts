import type { Plan, PlannedBuild } from "../../model/plan/plan.ts";
import type { JobToEmit } from "./job-to-emit.ts";

/** An image that a job of its own builds and pushes to the project's registry. */
export interface PushedImage {
  readonly build: PlannedBuild;
  /** Its name in the registry, below the project's, and in the name of its job: `api`. */
  readonly name: string;
  /** The variable that other jobs get its reference in. */
  readonly variable: string;
}

/** The images of a job and its services that are built. */
export function pushedImages({ plan, job, services }: JobToEmit): readonly PushedImage[] {
  const isUsed = ({ build }: PushedImage) => [job, ...services].some(({ image }) => image === build.image);
  return allImages(plan).filter(isUsed);
}

/** The job and its services with variables in place of the images that are built. */
export function withImageVariables(toEmit: JobToEmit): JobToEmit {
  const variables = new Map(pushedImages(toEmit).map(({ build, variable }) => [build.image, `$${variable}`]));
  const named = <Container extends { readonly image: string }>(container: Container): Container => ({
    ...container,
    image: variables.get(container.image) ?? container.image,
  });
  return { ...toEmit, job: named(toEmit.job), services: toEmit.services.map(named) };
}

function allImages({ builds }: Plan): readonly PushedImage[] {
  const names = builds.map(nameOf);
  return builds.map((build, index) => {
    const isShared = names.filter((name) => name === names[index]).length > 1;
    const name = isShared ? `${names[index]}-${index + 1}` : `${names[index]}`;
    return { build, name, variable: `NESTBOX_IMAGE_${name.toUpperCase().replace(/\W/g, "_")}` };
  });
}

function nameOf({ image, target }: PlannedBuild): string {
  const [, folder = "image"] = /([^/:]+):[^:]*$/.exec(image) ?? [];
  return target === undefined ? folder : `${folder}-${target.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
}
