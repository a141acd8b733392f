/** An object of the Kubernetes API, as far as its address depends on it. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string | undefined; readonly namespace?: string | undefined };
}

/** The path of a kind's objects in a namespace, or in all: `/apis/apps/v1/namespaces/shop/deployments`. */
export function collectionPath(apiVersion: string, kind: string, namespace?: string): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${within}/${plural(kind)}`;
}

/** The path of one object, or of the collection that takes an object without a name. */
export function objectPath({ apiVersion, kind, metadata: { name, namespace } }: ObjectReference): string {
  const collection = collectionPath(apiVersion, kind, namespace);
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`;
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology */
function plural(kind: string): string {
  const word = kind.toLowerCase();
  if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, "ies");
  return /(s|x|ch)$/.test(word) ? `${word}es` : `${word}s`;
}
