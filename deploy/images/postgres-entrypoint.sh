#!/bin/bash
# What docker-compose.yml uses of the official image's entrypoint: a cluster and a database by POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB,
# made by a server that is reached by its socket alone, then the server itself.
set -euo pipefail
if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username "$POSTGRES_USER" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") --auth-local trust --auth-host scram-sha-256 \
    --encoding UTF8 --locale C.UTF-8
  printf 'host all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
  sed -i 's/^#*listen_addresses.*/listen_addresses = '"'*'"'/' "$PGDATA/postgresql.conf"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  if [ "$POSTGRES_DB" != postgres ]; then
    psql --username "$POSTGRES_USER" --dbname postgres --no-password -v ON_ERROR_STOP=1 --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db"'
  fi
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
