/** An image's path on Docker Hub with its tag, `library/redis:7-alpine`; undefined for another registry's. */
export function hubName(image: string): string | undefined {
  const [first = "", ...rest] = image.replace(/^(index\.)?docker\.io\//, "").split("/");
  const isRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (isRegistry) return undefined;
  const path = rest.length === 0 ? `library/${first}` : [first, ...rest].join("/");
  return /[:@]/.test(path) ? path : `${path}:latest`;
}
