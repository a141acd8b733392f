# Makes the database of the first start. Meanwhile the server listens on a socket alone, so that nobody takes it for ready.
setting() {
  local name=$1 default=$2 file="$1_FILE"
  if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
    echo "Only one of $name and $file may be set." >&2
    exit 1
  fi
  if [ -n "${!file:-}" ]; then
    printf '%s' "$(<"${!file}")"
  else
    printf '%s' "${!name:-$default}"
  fi
}
POSTGRES_PASSWORD=$(setting POSTGRES_PASSWORD '')
POSTGRES_USER=$(setting POSTGRES_USER postgres)
POSTGRES_DB=$(setting POSTGRES_DB "$POSTGRES_USER")
POSTGRES_INITDB_ARGS=$(setting POSTGRES_INITDB_ARGS '')
export POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB
if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
  echo 'The database has no password. Set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust to let everybody in.' >&2
  exit 1
fi

# The arguments of initdb are several words by definition.
# shellcheck disable=SC2086
initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") $POSTGRES_INITDB_ARGS
method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}
printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

export PGHOST=/run/postgresql PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD"
# What else was given on the command line counts for the first server too.
pg_ctl -D "$PGDATA" -w start -o "$(printf '%q ' "${@:2}" -c listen_addresses= -p "${PGPORT:-5432}")"
if [ "$POSTGRES_DB" != postgres ]; then
  psql -v ON_ERROR_STOP=1 --no-psqlrc --dbname=postgres -v name="$POSTGRES_DB" <<<'CREATE DATABASE :"name"'
fi
for file in /docker-entrypoint-initdb.d/*; do
  case $file in
  *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
  *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc --dbname="$POSTGRES_DB" -f "$file" ;;
  *.sql.gz) gunzip -c "$file" | psql -v ON_ERROR_STOP=1 --no-psqlrc --dbname="$POSTGRES_DB" ;;
  esac
done
pg_ctl -D "$PGDATA" -m fast -w stop
unset PGHOST PGUSER PGPASSWORD
echo 'PostgreSQL init process complete; ready for start up.'
