// One line for each service. `CATALOG` derives from the entries.
export { ACTIVEMQ, type ActiveMqConnection, type ActiveMqSettings, activemq } from "./activemq.ts";
export { AZURITE, azurite } from "./azurite.ts";
export { CLICKHOUSE, type ClickHouseConnection, type ClickHouseSettings, clickhouse } from "./clickhouse.ts";
export { CONSUL, consul } from "./consul.ts";
export { DIND, type DindSettings, type DockerConnection, dind } from "./dind.ts";
export { DYNAMODB, dynamodb } from "./dynamodb.ts";
export { ELASTICSEARCH, elasticsearch } from "./elasticsearch.ts";
export { ETCD, etcd } from "./etcd.ts";
export { INFLUXDB, type InfluxDbConnection, type InfluxDbSettings, influxdb } from "./influxdb.ts";
export { KAFKA, kafka } from "./kafka.ts";
export { KEYCLOAK, keycloak } from "./keycloak.ts";
export { LOCALSTACK, localstack } from "./localstack.ts";
export { MAILDEV, maildev } from "./maildev.ts";
export { MAILPIT, mailpit } from "./mailpit.ts";
export { MARIADB, mariadb } from "./mariadb.ts";
export { MEMCACHED, memcached } from "./memcached.ts";
export { MINIO, type MinioSettings, minio } from "./minio.ts";
export { MONGODB, type MongoDbConnection, type MongoDbSettings, mongodb } from "./mongodb.ts";
export { MOSQUITTO, mosquitto } from "./mosquitto.ts";
export { MOTO, moto } from "./moto.ts";
export { MYSQL, type MySqlConnection, type MySqlSettings, mysql } from "./mysql.ts";
export { NATS, type NatsSettings, nats } from "./nats.ts";
export { NGINX, nginx } from "./nginx.ts";
export { type LdapConnection, OPENLDAP, type OpenLdapSettings, openldap } from "./openldap.ts";
export { OPENSEARCH, opensearch } from "./opensearch.ts";
export { PGVECTOR, pgvector } from "./pgvector.ts";
export { POSTGIS, postgis } from "./postgis.ts";
export { POSTGRES, type PostgresConnection, type PostgresSettings, postgres } from "./postgres.ts";
export { PULSAR, pulsar } from "./pulsar.ts";
export { RABBITMQ, type RabbitMqConnection, type RabbitMqSettings, rabbitmq } from "./rabbitmq.ts";
export { REDIS, type RedisConnection, type RedisSettings, redis, VALKEY, valkey } from "./redis.ts";
export { REDPANDA, redpanda } from "./redpanda.ts";
export {
  REGISTRY_MIRROR,
  type RegistryConnection,
  type RegistryMirrorSettings,
  registryMirror,
} from "./registry-mirror.ts";
export { S3, type S3Settings, s3 } from "./s3.ts";
export { SELENIUM, selenium } from "./selenium.ts";
export { VAULT, type VaultSettings, vault } from "./vault.ts";
export { WIREMOCK, wiremock } from "./wiremock.ts";
