#!/bin/bash
# As with the original, ACTIVEMQ_CONNECTION_USER and ACTIVEMQ_CONNECTION_PASSWORD are those of clients.
set -euo pipefail
if [ -n "${ACTIVEMQ_CONNECTION_USER:-}" ]; then
  plugin='<plugins><simpleAuthenticationPlugin><users><authenticationUser username="${activemq.username}"'
  plugin="$plugin"' password="${activemq.password}"/></users></simpleAuthenticationPlugin></plugins>'
  sed -i "s#<persistenceAdapter>#$plugin<persistenceAdapter>#" conf/activemq.xml
  printf 'activemq.username=%s\nactivemq.password=%s\n' "$ACTIVEMQ_CONNECTION_USER" "$ACTIVEMQ_CONNECTION_PASSWORD" \
    >conf/credentials.properties
fi
exec "$@"
