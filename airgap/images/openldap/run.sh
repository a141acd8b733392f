#!/bin/bash
# As the original, makes a directory for LDAP_DOMAIN on the first start, with cn=admin and its password.
set -euo pipefail
setting() {
  local file="$1_FILE"
  if [ -n "${!file:-}" ]; then printf '%s' "$(<"${!file}")"; else printf '%s' "${!1:-$2}"; fi
}
domain=$(setting LDAP_DOMAIN example.org)
organisation=$(setting LDAP_ORGANISATION 'Example Inc.')
base="dc=${domain//./,dc=}"
if [ -z "$(ls /etc/ldap/slapd.d)" ]; then
  hash=$(slappasswd -s "$(setting LDAP_ADMIN_PASSWORD admin)")
  slapadd -n 0 -F /etc/ldap/slapd.d <<END
dn: cn=config
objectClass: olcGlobal
cn: config

dn: cn=module{0},cn=config
objectClass: olcModuleList
cn: module{0}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcDbDirectory: /var/lib/ldap
olcSuffix: $base
olcRootDN: cn=admin,$base
olcRootPW: $hash
END
  slapadd -n 1 -F /etc/ldap/slapd.d <<END
dn: $base
objectClass: dcObject
objectClass: organization
o: $organisation
dc: ${domain%%.*}
END
fi
chown -R openldap:openldap /etc/ldap/slapd.d /var/lib/ldap
mkdir -p /run/slapd && chown openldap:openldap /run/slapd
exec slapd -h 'ldap:/// ldapi:///' -u openldap -g openldap -F /etc/ldap/slapd.d -d 256
