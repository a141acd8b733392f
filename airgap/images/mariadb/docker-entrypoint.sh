#!/bin/bash
# Follows the rules of the original (MariaDB/mariadb-docker): options alone mean mariadbd, which runs as the user mysql and
# makes its databases on the first start. Meanwhile the server listens on a socket alone.
set -euo pipefail
case ${1-} in
-*) set -- mariadbd "$@" ;;
esac

setting() {
  local name=$1 file="$1_FILE"
  if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
    echo "Only one of $name and $file may be set." >&2
    exit 1
  fi
  if [ -n "${!file:-}" ]; then printf '%s' "$(<"${!file}")"; else printf '%s' "${!name:-}"; fi
}

if [ "${1-}" = mariadbd ]; then
  if [ "$(id -u)" = 0 ]; then
    find /var/lib/mysql /run/mysqld \! -user mysql -exec chown mysql: '{}' +
    exec /usr/bin/setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
  fi
  if ! [ -d /var/lib/mysql/mysql ]; then
    root=$(setting MARIADB_ROOT_PASSWORD)
    user=$(setting MARIADB_USER)
    password=$(setting MARIADB_PASSWORD)
    database=$(setting MARIADB_DATABASE)
    if [ -z "$root${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD:-}" ]; then
      echo 'Set MARIADB_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD or MARIADB_RANDOM_ROOT_PASSWORD.' >&2
      exit 1
    fi
    quoted() { printf "'%s'" "$(sed "s/['\\\\]/\\\\&/g" <<<"$1")"; }
    mariadb-install-db --auth-root-authentication-method=normal --skip-test-db >/dev/null
    mariadbd --skip-networking &
    server=$!
    for _ in $(seq 300); do mariadb-admin -u root ping >/dev/null 2>&1 && break; sleep 0.1; done
    {
      if [ -n "$database" ]; then echo "CREATE DATABASE IF NOT EXISTS \`$database\`;"; fi
      if [ -n "$user" ]; then
        echo "CREATE USER $(quoted "$user")@'%' IDENTIFIED BY $(quoted "$password");"
        if [ -n "$database" ]; then echo "GRANT ALL ON \`$database\`.* TO $(quoted "$user")@'%';"; fi
      fi
      echo "CREATE USER 'root'@'%' IDENTIFIED BY $(quoted "$root"); GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
      echo "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';"
      echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $(quoted "$root");"
    } | mariadb -u root
    for file in /docker-entrypoint-initdb.d/*.sql; do
      if [ -e "$file" ]; then MYSQL_PWD=$root mariadb -u root "${database:-mysql}" <"$file"; fi
    done
    MYSQL_PWD=$root mariadb-admin -u root shutdown
    wait "$server"
    echo 'MariaDB init process done. Ready for start up.'
  fi
fi
exec "$@"
