import * as pulumi from "@pulumi/pulumi";

/** A method that the SDK does not declare: its copies in one program call it on each other's outputs. */
interface OutputWithUnknowns {
  /** In a preview: undefined without a value, `pulumi.unknown` for one that only `up` finds out. */
  promise(withUnknowns: true): Promise<string | undefined>;
}

type ProviderInputs<Name extends string> = { readonly [Key in Name]?: string | undefined };

/**
 * What a program gave to an explicit provider. An argument that it left out is undefined, in a preview too:
 * the SDK would make it unknown, and with it everything that derives from it. None is a secret.
 * @param names of arguments that are texts
 */
export function providerInputs<Name extends string>(
  provider: pulumi.ProviderResource,
  names: readonly Name[],
): pulumi.Output<ProviderInputs<Name>> {
  // The SDK sets an output for each argument that the class of the provider knows, declared or not.
  const outputs = provider as unknown as Readonly<Record<Name, OutputWithUnknowns | undefined>>;
  const read = async (name: Name) => [name, await outputs[name]?.promise(true)] as const;
  const all = Promise.all(names.map(read)).then((read) => Object.fromEntries(read) as ProviderInputs<Name>);
  return pulumi.output(all) as pulumi.Output<ProviderInputs<Name>>;
}
