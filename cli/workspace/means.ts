import type { Ready } from "../../setup/index.ts";
import type { ReadyPlugin } from "../../setup/ready.ts";

/** One line about what a stack is made with, which also says what is a stand-in. */
export function describeMeans({ docker, pulumi, plugins = [], images }: Ready): string {
  const standIns = images.filter(({ kind }) => kind === "stand-in").length;
  const parts = [
    docker && `Docker ${docker.version}${docker.kind === "nestbox" ? " (the set-up's own)" : ""}`,
    pulumi && `Pulumi ${pulumi.version}${pulumi.kind === "compiled" ? " (compiled here)" : ""}`,
    ...plugins.map(describePlugin),
    standIns > 0 && `${standIns} of ${images.length} images stand-ins`,
  ];
  return parts.filter((part) => typeof part === "string").join(", ");
}

/** What was found on PATH and is not used, a line each. */
export function describePassedOver({ plugins = [] }: Ready): readonly string[] {
  return plugins.flatMap(({ title, version, passedOver }) =>
    passedOver
      ? [`${passedOver.command}: is version ${passedOver.version}; ${title} ${version} is used instead`]
      : [],
  );
}

const ORIGIN = { path: "on PATH", installed: "", compiled: "compiled here", "stand-in": "stand-in" } as const;

function describePlugin({ title, version, kind }: ReadyPlugin): string {
  const name = version === undefined ? title : `${title} ${version}`;
  return ORIGIN[kind] === "" ? name : `${name} (${ORIGIN[kind]})`;
}
