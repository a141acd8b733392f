#!/bin/bash
# As with the original, KAFKA_NODE_ID is the setting node.id, and so on.
set -euo pipefail
settings=/opt/kafka/config/server.properties
{
  echo log.dirs=/tmp/kraft-combined-logs
  env | grep -E '^KAFKA_' | grep -vE '^KAFKA_(HEAP|JVM|LOG4J)' | while IFS='=' read -r name value; do
    name=${name#KAFKA_}
    name=${name,,}
    echo "${name//_/.}=$value"
  done
} >"$settings"
if ! [ -e /tmp/kraft-combined-logs/meta.properties ]; then
  /opt/kafka/bin/kafka-run-class.sh kafka.tools.StorageTool format --config "$settings" \
    --cluster-id "${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" >/dev/null
fi
exec /opt/kafka/bin/kafka-run-class.sh kafka.Kafka "$settings"
