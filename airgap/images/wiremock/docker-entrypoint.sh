#!/bin/sh
# As with the original, arguments and WIREMOCK_OPTIONS are options of WireMock.
# The options are several words by definition.
# shellcheck disable=SC2086
exec java $JAVA_OPTS -jar /var/wiremock/lib/wiremock-standalone.jar ${WIREMOCK_OPTIONS-} "$@"
