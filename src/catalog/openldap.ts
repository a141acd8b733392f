import type { CatalogService } from "../model/declaration/service.ts";
import { exec } from "../model/probe.ts";
import type { Text } from "../model/text.ts";
import type { CatalogEntry, OptionOf } from "./catalog-entry.ts";
import type { CatalogSettings } from "./catalog-settings.ts";
import type { Password } from "./password.ts";
import type { UrlConnection } from "./url-connection.ts";

/** The connection of an LDAP client. */
export interface LdapConnection extends UrlConnection {
  /** The name of the directory's root: `dc=example,dc=org`. */
  readonly base: string;
  /** The name of the administrator: `cn=admin,dc=example,dc=org`. */
  readonly bindName: string;
  /** The administrator's password. A secret appears only by name. */
  readonly password: Text;
}

/** Settings of {@link openldap}, and properties of a service, which take precedence. */
export interface OpenLdapSettings extends CatalogSettings<LdapConnection> {
  /** The domain whose directory is created. @default "example.org" */
  readonly domain?: string;
  /** The administrator's password. @default "admin" */
  readonly password?: Password;
}

const PASSWORD_FILE = "/run/secrets/ldap-password";

/** OpenLDAP. @default image `osixia/openldap:1.5.0` */
export function openldap({
  domain = "example.org",
  password = "admin",
  ...service
}: OpenLdapSettings = {}): CatalogService<LdapConnection> {
  const base = domain
    .split(".")
    .map((part) => `dc=${part}`)
    .join(",");
  const bindName = `cn=admin,${base}`;
  const search = [
    "ldapsearch",
    "-x",
    "-H",
    "ldap://127.0.0.1",
    "-D",
    bindName,
    "-y",
    PASSWORD_FILE,
    "-b",
    base,
  ];
  return {
    image: "osixia/openldap:1.5.0",
    ports: [389],
    probe: exec([...search, "-s", "base"], { within: "60s", startEvery: "200ms" }),
    // It connects to nobody.
    certificates: false,
    client: search,
    ...service,
    env: { LDAP_DOMAIN: domain, LDAP_ADMIN_PASSWORD_FILE: PASSWORD_FILE, LDAP_TLS: "false", ...service.env },
    files: { [PASSWORD_FILE]: { content: password }, ...service.files },
    connection: ({ host, port }) => {
      const url = `ldap://${host}:${port}`;
      return {
        base,
        bindName,
        password,
        url,
        variables: {
          LDAP_HOST: host,
          LDAP_PORT: port,
          LDAP_URL: url,
          LDAP_BASE_DN: base,
          LDAP_BIND_DN: bindName,
          LDAP_BIND_PASSWORD: password,
        },
      };
    },
  };
}

/** A request to bind without a name, which succeeds with the code 0. */
const BIND = "300c020101600702010304008000";
const BOUND = "0a0100";

export const OPENLDAP: CatalogEntry<OptionOf<OpenLdapSettings>> = {
  ...{ name: "openldap", from: "openldap", declare: openldap, key: "openldap" },
  options: { domain: '`"example.org"`', password: '`"admin"`' },
  imageVariables: { LDAP_DOMAIN: "domain", LDAP_ADMIN_PASSWORD: "password" },
  readyWhen: "the administrator can read the directory",
  check: {
    image: "python:3.10",
    script:
      'python -c "import os, socket; ' +
      "c = socket.create_connection((os.environ['LDAP_HOST'], os.environ['LDAP_PORT'])); " +
      `c.send(bytes.fromhex('${BIND}')); print(c.recv(99).hex())" | grep ${BOUND}`,
  },
};
