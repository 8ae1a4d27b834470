#!/usr/bin/env bash
# How many reads are acknowledged a second, and what computing rankings costs, on a PostgreSQL of its own that flushes to disk.
# Needs wrk, PostgreSQL's programs and a release build: `bench/reads/run.sh target/release/newsgraph`. Figures are worth comparing within
# one run only: the server, the database and the load share the machine.
set -euo pipefail
program=$(realpath "${1:-target/release/newsgraph}")
here=$(dirname "$(realpath "$0")")
seconds=${SECONDS_EACH:-10}
programs=$(dirname "$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -n 1)")
folder=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder"
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
port=$((20000 + RANDOM % 20000))
database="postgres://postgres@127.0.0.1:$port/postgres"
listen="127.0.0.1:$((port + 1))"
sql() { psql -qtA "$database" "$@"; }
cleanup() {
  [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
  "${as[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate stop > /dev/null 2>&1 || true
  rm -rf "$folder"
}
trap cleanup EXIT
cd "$folder"
"${as[@]}" "$programs/initdb" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 -D "$folder/data" > /dev/null
"${as[@]}" "$programs/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-p $port -k $folder -h 127.0.0.1 -c shared_buffers=256MB" start > /dev/null
"$program" --database-url "$database" migrate up
sql -f "$here/articles.sql"

"$program" --database-url "$database" --listen "$listen" --sample false --log warn \
  --reads-per-minute 0 --reads-per-address 0 --reads-buffer 1000000 &
server=$!
for _ in $(seq 100); do "$program" --listen "$listen" health 2> /dev/null && break; sleep 0.1; done

rate() { awk '/Requests\/sec/ { print $2 }' "$1"; }
load() { wrk -t2 -c"$2" -d"${seconds}s" --latency "${@:3}" "http://$listen$1"; }
load /health/live 64 > base
echo "baseline: $(rate base) requests/s to /health/live, 64 connections"
counted() { sql -c "SELECT coalesce(sum(reads), 0) FROM read_bucket"; }
for case in "1 256" "1 1024" "50 32"; do
  read -r batch connections <<< "$case"
  before=$(counted)
  BATCH=$batch load /reads "$connections" -s "$here/reads.lua" > run
  sleep 0.5
  after=$(counted)
  refused=$(awk '/Non-2xx/ { print $NF }' run)
  echo "batches of $batch, $connections connections: $(((after - before) / seconds)) reads/s counted," \
    "$(rate run) requests/s ($(awk -v a="$(rate run)" -v b="$(rate base)" 'BEGIN { printf "%.2f", a / b }') of the baseline)," \
    "p50 $(awk '$1 == "50%" { print $2 }' run), p99 $(awk '$1 == "99%" { print $2 }' run), not 2xx: ${refused:-0}"
done
kill "$server"; wait "$server" || true; server=

for articles in 1000 20000 100000; do
  sql -v articles="$articles" -f "$here/week.sql"
  rows=$(sql -c "SELECT (SELECT count(*) FROM read_bucket) || ' buckets, ' || (SELECT count(*) FROM read_hour) || ' hours'")
  for _ in 1 2 3; do
    "$program" --database-url "$database" --log warn,api::ranking=debug rankings recompute 2> log > /dev/null
  done
  echo "rankings, $articles read articles ($rows): $(sed -E 's/.*window="?([a-z_]+)"? ms=([0-9]+).*/\1 \2 ms/' log | grep ' ms$' | tr '\n' ' ')"
done
