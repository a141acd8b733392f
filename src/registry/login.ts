/** What proves to a registry who asks: a password, or a token that it has issued. */
export type Login =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string }
  | { readonly registryToken: string };

/** A login, and the one registry that it is for. */
export type RegistryCredentials = Login & {
  /** The registry's host, with its port; `https://index.docker.io/v1/` for Docker Hub. */
  readonly server: string;
};

/** The username with which credential helpers mark an identity token. */
const TOKEN_USERNAME = "<token>";

/** A login of a username and a password, or of the identity token that this username marks. */
export function loginOf(username: string, secret: string): Login {
  return username === TOKEN_USERNAME ? { identityToken: secret } : { username, password: secret };
}

/**
 * The value of X-Registry-Auth, in base64url with padding; the engine ignores it without padding.
 * https://docs.docker.com/reference/api/engine/
 */
export function loginHeader(credentials: RegistryCredentials): string {
  const body = { ...engineLogin(credentials), serveraddress: credentials.server };
  return Buffer.from(JSON.stringify(body)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

function engineLogin(login: Login): Readonly<Record<string, string>> {
  if ("identityToken" in login) return { identitytoken: login.identityToken };
  if ("registryToken" in login) return { registrytoken: login.registryToken };
  return { username: login.username, password: login.password };
}
