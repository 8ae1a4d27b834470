#!/usr/bin/env bash
# Tries docker-compose.yml as it stands there, on a Docker engine of its own that ends with it.
#
#   deploy/compose-test.sh [PROGRAM]     with a program that is built already (target/debug/newsgraph)
#   deploy/compose-test.sh --build       with the whole Dockerfile, which compiles for a long time
#
# The images that the files name are made out of packages of Debian, under the same names, so no registry of images is needed; Grafana is not
# in Debian and is left out. They are kept in NEWSGRAPH_STACK_CACHE (~/.cache/newsgraph-stack) for the next time. It needs root, and a kernel that
# lets it run containers; where it cannot, it says so, and nothing has failed, unless NEWSGRAPH_STACK=yes demands it.
#
# All of it runs in namespaces of processes, mounts and network of its own. They end with it, however it ends, so nothing stays behind, and no port
# and no engine of the machine is in its way.
set -euo pipefail

self=$(realpath "$0")
say() { printf '%s\n' "$*"; }
skip() {
  say "SKIPPED: the stack of docker-compose.yml is not tried here: $*"
  [ "${NEWSGRAPH_STACK:-}" != yes ] || { say "FAILED: NEWSGRAPH_STACK=yes demands it" >&2; exit 1; }
  exit 0
}

# --- a world of its own ----------------------------------------------------------------------------------------------------------

if [ "${1:-}" != --inside ]; then
  program=--build
  if [ "${1:-}" != --build ]; then
    program=${1:-$(dirname "$self")/../target/debug/newsgraph}
    [ -x "$program" ] || { say "there is no program at $program: cargo build, or name another" >&2; exit 2; }
    program=$(realpath "$program")
  fi
  [ "$(uname -s)" = Linux ] || skip "it needs Linux"
  [ "$(id -u)" = 0 ] || skip "it needs root"

  missing=()
  need() { command -v "$1" > /dev/null || missing+=("$2"); }
  need dockerd docker.io
  need docker docker.io
  need mmdebstrap mmdebstrap
  need gpg gpg
  need curl curl
  need jq jq
  need ip iproute2
  need iptables iptables
  docker compose version > /dev/null 2>&1 || need docker-compose docker-compose
  if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get > /dev/null || skip "install ${missing[*]}"
    apt-get update -qq > /dev/null || skip "packages cannot be installed"
    # The client is a package of its own since Debian 13.
    if ! command -v docker > /dev/null && apt-cache show docker-cli > /dev/null 2>&1; then missing+=(docker-cli); fi
    # The engine of the machine is not started by installing it: this one has its own.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq -y --no-install-recommends "${missing[@]}" > /dev/null \
      || skip "these cannot be installed: ${missing[*]}"
  fi
  unshare --mount --pid --fork --kill-child --mount-proc --net true 2> /dev/null || skip "the kernel gives it no namespaces"

  cache=${NEWSGRAPH_STACK_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/newsgraph-stack}
  mkdir -p "$cache"
  cache=$(realpath "$cache")
  exec 9> "$cache/lock"
  flock -w 1800 9 || skip "another run holds $cache"

  work=$(mktemp -d)
  cgroup=newsgraph-stack-$(printf %s "$cache" | cksum | cut -d ' ' -f 1)
  [ -e /opt/containerd ] || made_by_containerd="/opt/containerd/bin /opt/containerd/lib /opt/containerd"
  inside=
  end() {
    status=$?
    # Whatever runs in the namespaces ends with their first process, and that with this one.
    if [ -n "$inside" ]; then
      first=$(cat "/proc/$inside/task/$inside/children" 2> /dev/null || true)
      kill -KILL "$inside" 2> /dev/null || true
      wait "$inside" 2> /dev/null || true
      for process in $first; do
        while [ -e "/proc/$process" ]; do sleep 0.1; done
      done
    fi
    find /sys/fs/cgroup -depth -type d -path "*/$cgroup*" -exec rmdir {} + 2> /dev/null || true
    # shellcheck disable=SC2086
    rmdir ${made_by_containerd:-} 2> /dev/null || true
    rm -rf "$work"
    exit "$status"
  }
  trap end EXIT
  trap 'exit 1' INT TERM HUP
  # They end, too, if this process is killed.
  setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc "$self" --inside "$program" "$cache" "$work" "$cgroup" 9>&- &
  inside=$!
  status=0
  wait "$inside" || status=$?
  inside=
  exit "$status"
fi

program=$2 cache=$3 work=$4 cgroup=$5
cd "$(dirname "$self")/.."
project=newsgraph_stack
api=http://127.0.0.1:8000
proxy=http://127.0.0.1:8080
prometheus=http://127.0.0.1:9090

# Nothing of an engine that the machine has: neither its sockets nor its settings.
resolv=$(cat /etc/resolv.conf)
mount -t tmpfs -o mode=755 tmpfs /run
case $(realpath -m /etc/resolv.conf) in
  /run/*) mkdir -p "$(dirname "$(realpath -m /etc/resolv.conf)")" && printf '%s\n' "$resolv" > "$(realpath -m /etc/resolv.conf)" ;;
esac
[ ! -d /etc/docker ] || mount -t tmpfs tmpfs /etc/docker
mount -t tmpfs -o mode=755 tmpfs "$work"

compose() { docker-compose --project-name "$project" --project-directory "$PWD" --file docker-compose.yml "$@"; }
if docker compose version > /dev/null 2>&1; then
  compose() { docker compose --project-name "$project" --project-directory "$PWD" --file docker-compose.yml "$@"; }
fi
fail() {
  say "FAILED: $*" >&2
  compose ps >&2 || true
  compose logs --no-color --tail 40 >&2 || true
  exit 1
}

# --- an engine -------------------------------------------------------------------------------------------------------------------

export DOCKER_HOST=unix://$work/docker.sock DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0
# Nothing of an operator's own settings.
unset POSTGRES_PASSWORD NEWSGRAPH_SAMPLE NEWSGRAPH_PUBLIC_URL NEWSGRAPH_FRONT_NETWORK GRAFANA_PASSWORD COMPOSE_FILE COMPOSE_PROFILES COMPOSE_PROJECT_NAME
unset NEWSGRAPH_PORT NEWSGRAPH_PROXY_PORT PROMETHEUS_PORT

engine=
end() {
  status=$?
  if [ -n "$engine" ]; then
    if clean; then rm -f "$cache/unclean"; fi
    # Those of earlier programs.
    docker image prune --force > /dev/null 2>&1 || true
    stop_engine
  fi
  exit "$status"
}
trap end EXIT
trap 'exit 1' INT TERM HUP

stop_engine() {
  [ -z "$engine" ] || { kill "$engine" && wait "$engine"; } 2> /dev/null || true
  engine=
}
# What is before the engine: where it runs. What is behind it: its settings.
start_engine() { # driver of storage, its command
  local driver=$1
  shift
  "$@" --host "$DOCKER_HOST" --data-root "$cache/$recipes-$driver" --exec-root "$work/exec" --pidfile "$work/pid" --bridge none \
    --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "$cgroup" --storage-driver "$driver" > "$work/dockerd.log" 2>&1 &
  engine=$!
  local until=$((SECONDS + 120))
  while [ $SECONDS -lt $until ] && kill -0 "$engine" 2> /dev/null; do
    if docker info > /dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  stop_engine
  return 1
}
# In a network of its own, as an engine usually runs.
start_in_own_network() { start_engine "$1" unshare --net bash -c 'ip link set lo up && exec dockerd "$@"' dockerd; }
clean() {
  {
    docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes \
      && docker network ls --quiet --filter type=custom | xargs --no-run-if-empty docker network rm \
      && docker volume ls --quiet | xargs --no-run-if-empty docker volume rm
  } > /dev/null 2>&1
}
why() { grep -v 'level=info' "$work/dockerd.log" | tail -n 1; }

# Images are kept as long as they would be made in the same way.
recipes=$({ sed -n '/^# --- images/,/^# --- what/p' "$self"; cat deploy/images/*; } | sha256sum | cut -c 1-12)
find "$cache" -mindepth 1 -maxdepth 1 -type d ! -name "$recipes-*" -exec rm -rf {} +
# A run that was killed has left its containers and networks in what is kept: they must not come up in the network of the machine.
if [ -e "$cache/unclean" ]; then
  for driver in overlay2 vfs; do
    [ -d "$cache/$recipes-$driver" ] || continue
    kept=no
    if start_in_own_network "$driver" && clean; then kept=yes; fi
    stop_engine
    [ "$kept" = yes ] || rm -rf "${cache:?}/$recipes-$driver"
  done
fi
touch "$cache/unclean"
# Images are made in the network of the machine, which this engine does not change.
for driver in overlay2 vfs; do
  if start_engine "$driver" dockerd --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false; then break; fi
done
[ -n "$engine" ] || skip "no Docker engine starts: $(why)"

# --- images ----------------------------------------------------------------------------------------------------------------------

# What it says is of interest when it fails.
quiet() { "$@" > "$work/said" 2>&1 || { tail -n 40 "$work/said" >&2; exit 1; }; }
have() { docker image inspect "$1" > /dev/null 2>&1; }

# A root file system of Debian, and what this machine's clients need to reach their registries from inside of it.
debian() { # release, tag
  have "$2" && return
  say "making $2"
  local options=()
  apt-config dump Acquire 2> /dev/null | grep -E '^Acquire::(http|https|Check|Retries)' > "$work/apt.conf" || true
  [ ! -s "$work/apt.conf" ] || options+=(--aptopt="$work/apt.conf")
  [ ! -f /etc/ssl/certs/ca-certificates.crt ] || options+=(--customize-hook='upload /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/machine.crt')
  for try in 1 2 3; do
    if TMPDIR=$work mmdebstrap --variant=minbase --include=ca-certificates --dpkgopt=force-unsafe-io --aptopt='Acquire::Retries "5"' "${options[@]}" \
      "$1" "$work/root.tar" > "$work/said" 2>&1; then break; fi
    [ "$try" != 3 ] || { tail -n 20 "$work/said" >&2; skip "Debian $1 cannot be fetched"; }
    sleep 5
  done
  docker import --change 'CMD ["bash"]' \
    --change 'ENV PATH=/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'ENV SSL_CERT_FILE=/etc/ssl/certs/machine.crt' --change 'ENV CARGO_HTTP_CAINFO=/etc/ssl/certs/machine.crt' - "$2" < "$work/root.tar" > /dev/null
  rm -f "$work/root.tar"
}

made() { # tag, more files; a Dockerfile comes by standard input
  have "$1" && return
  say "making $1"
  local tag=$1
  shift
  rm -rf "$work/context" && mkdir "$work/context"
  for file in "$@"; do cp "$file" "$work/context/"; done
  cat > "$work/context/Dockerfile"
  quiet docker build --network host --tag "$tag" "$work/context"
  rm -rf "$work/context"
}

debian bookworm debian:bookworm-slim
debian trixie newsgraph-stack/debian:13
docker run --rm --network host newsgraph-stack/debian:13 true > "$work/said" 2>&1 || skip "the kernel runs no containers: $(tail -n 1 "$work/said")"
made postgres:17 deploy/images/postgres-entrypoint.sh << 'DOCKERFILE'
FROM newsgraph-stack/debian:13
RUN mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get update && apt-get install -y --no-install-recommends postgresql-17 && rm -rf /var/lib/apt/lists/*
ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin PGDATA=/var/lib/postgresql/data
COPY postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
DOCKERFILE
made haproxy:3.0 << 'DOCKERFILE'
FROM newsgraph-stack/debian:13
RUN apt-get update && apt-get install -y --no-install-recommends haproxy && rm -rf /var/lib/apt/lists/*
USER haproxy
STOPSIGNAL SIGUSR1
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
DOCKERFILE
made prom/prometheus:v3.5.0 << 'DOCKERFILE'
FROM newsgraph-stack/debian:13
RUN apt-get update && apt-get install -y --no-install-recommends prometheus && rm -rf /var/lib/apt/lists/* && mkdir -p /prometheus
WORKDIR /prometheus
ENTRYPOINT ["prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
DOCKERFILE

if [ "$program" = --build ]; then
  if ! have rust:1.95-slim-bookworm; then
    say "making rust:1.95-slim-bookworm"
    cat > "$work/Dockerfile" << 'DOCKERFILE'
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
COPY . /usr/local/rust/
DOCKERFILE
    toolchain() {
      tar --create -C "$work" Dockerfile -C "$(rustc --print sysroot)" --exclude=./share . | docker build --network host --tag rust:1.95-slim-bookworm -
    }
    quiet toolchain
  fi
  building=$SECONDS
  docker build --network host --tag newsgraph-stack/newsgraph .
  say "the Dockerfile was built in $((SECONDS - building)) s"
else
  quiet docker build --network host --target runtime --tag newsgraph-stack/runtime .
  mkdir "$work/context" && cp "$program" "$work/context/newsgraph"
  printf 'FROM newsgraph-stack/runtime\nCOPY newsgraph /usr/local/bin/newsgraph\n' > "$work/context/Dockerfile"
  quiet docker build --tag newsgraph-stack/newsgraph "$work/context"
  rm -rf "$work/context"
fi
# What Compose calls the images that it would build.
for service in newsgraph server; do
  docker tag newsgraph-stack/newsgraph "${project}_$service"
  docker tag newsgraph-stack/newsgraph "$project-$service"
done
say "the images are there after $SECONDS s"

# --- what is tried ---------------------------------------------------------------------------------------------------------------

driver=$(docker info --format '{{.Driver}}')
stop_engine
start_in_own_network "$driver" || skip "no Docker engine starts in a network of its own: $(why)"
if ! { docker network create newsgraph-stack-try && docker run --rm --network newsgraph-stack-try newsgraph-stack/debian:13 true \
  && docker network rm newsgraph-stack-try; } > "$work/said" 2>&1; then
  skip "the kernel gives containers no network: $(tail -n 1 "$work/said")"
fi
get() { nsenter --net="/proc/$engine/ns/net" curl --noproxy '*' -sS "$@"; }

page_query=$(jq -n --rawfile query api/tests/queries/article/page.graphql \
  '{query: $query, variables: {slug: "how-the-korean-armistice-line-was-drawn"}}')

ask() { # address, body; prints the answer
  get --max-time 30 -H 'Content-Type: application/json' --data-binary "$2" "$1/graphql"
}
is_page() { jq -e '.errors == null and (.data.article.headline | length > 0)' > /dev/null 2>&1; }
page() { ask "${1:-$api}" "$page_query" 2> /dev/null | is_page; }
# Something that is in no memory: its name is new each time.
number=0
fresh() {
  number=$((number + 1))
  ask "${1:-$api}" "{\"query\": \"query Fresh$number { fresh$number: articles(first: 2) { nodes { headline } } }\"}" 2> /dev/null \
    | jq -e ".errors == null and (.data.fresh$number.nodes | length > 0)" > /dev/null 2>&1
}
until_true() { # what is wrong when it never is, command
  local what=$1 until=$((SECONDS + 300))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || fail "$what"
    sleep 0.1
  done
}
up() { compose "$@" > "$work/compose.log" 2>&1 || { cat "$work/compose.log" >&2; fail "docker-compose $*"; }; }
down() { up --profile scaled --profile observability down --volumes --remove-orphans --timeout 60; }
now() { date +%s%N; }
container() { compose ps -q "$1" | head -n 1; }
database() { compose exec -T database psql --username newsgraph --dbname newsgraph --no-psqlrc --quiet --tuples-only --no-align -v ON_ERROR_STOP=1 "$@"; }

starts=$(now)
up up -d --no-build
until_true "the article page is not answered" page
say "ok: from up to the first answer: $((($(now) - starts) / 1000000)) ms"

say "- the database is restarted"
server=$(container newsgraph)
started=$(docker inspect --format '{{.State.StartedAt}} {{.RestartCount}}' "$server")
up restart --timeout 60 database
until_true "no answer out of the database after it was restarted" fresh
until_true "no article page after the database was restarted" page
[ "$(docker inspect --format '{{.State.StartedAt}} {{.RestartCount}}' "$server")" = "$started" ] || fail "the server did not survive the restart of its database"
say "ok: the server goes on when its database is restarted"

say "- the server is stopped as Compose does it, and started again"
up stop --timeout 60 newsgraph
[ "$(docker inspect --format '{{.State.ExitCode}}' "$server")" = 0 ] || fail "the server did not end by itself when it was told to"
up start newsgraph
until_true "no article page from the server that was started again" page
say "ok: the server ends when it is told to, and comes again with what it had"

if [ -n "$(compose --profile observability config --services 2> /dev/null | grep -x prometheus)" ]; then
  say "- figures (Grafana is not in Debian, so it is left out)"
  up --profile observability up -d --no-build prometheus
  prometheus() { get --max-time 10 "$prometheus/api/v1/$1" 2> /dev/null; }
  scraped() { prometheus 'query?query=up%7Bjob%3D%22newsgraph%22%7D' | jq -e '[.data.result[].value[1]] | index("1") != null' > /dev/null 2>&1; }
  until_true "Prometheus has no figures of the server" scraped
  prometheus rules | jq -e '[.data.groups[].rules[]] | length >= 12' > /dev/null || fail "Prometheus does not know the alerts"
  if get --max-time 10 "http://127.0.0.1:9464/metrics" > /dev/null 2>&1; then fail "the figures can be read from outside"; fi
  say "ok: Prometheus reads the figures and the alerts"
fi
down

say "- several servers behind the proxy"
up --profile scaled up -d --no-build proxy
until_true "the proxy does not answer the article page" page "$proxy"
[ "$(compose --profile scaled ps -q server | wc -l)" = 3 ] || fail "there are not three servers"
all_serve() { [ "$(docker ps --filter "label=com.docker.compose.service=server" --filter health=healthy -q | wc -l)" = 3 ]; }
until_true "not all of the three servers are healthy" all_serve
[ "$(database -c 'SELECT count(*) = count(DISTINCT slug) AND count(*) > 100 FROM article')" = t ] || fail "the sample is not there once"
# Readers are told apart by their addresses; each is known by the server that it is kept on.
network=$(docker inspect --format '{{range $name, $network := .NetworkSettings.Networks}}{{$name}} {{end}}' "$(container database)" | awk '{print $1}')
# A client that comes by an address of its own, and claims to be somebody else each time.
clients=()
client() {
  clients+=("$(docker run --detach --network "$network" --entrypoint sleep newsgraph-stack/debian:13 infinity)")
}
reads() { # the client; one word for each read that it sends: what became of it
  docker exec "$1" bash -c '
    for claim in 1 2 3 4; do
      body="{\"article\": \"how-the-korean-armistice-line-was-drawn\"}"
      exec 3<> /dev/tcp/proxy/8080
      printf "POST /reads HTTP/1.1\r\nHost: proxy\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\nX-Forwarded-For: 203.0.113.$claim\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${#body}\r\n\r\n%s" "$body" >&3
      case $(cat <&3) in *\"accepted\":1*) echo accepted ;; *ALREADY_COUNTED*) echo known ;; *) echo wrong ;; esac
    done' | xargs
}
# Two that are there together have two addresses. While the proxy finds out that servers are ready, readers move: then others try.
told_apart() {
  client && client
  first=$(reads "${clients[-2]}") second=$(reads "${clients[-1]}")
  [ "$first" = "accepted known known known" ] && [ "$second" = "$first" ]
}
until_true "readers behind the proxy are not told apart, not kept on one server, or believed what they claim" told_apart
docker rm --force "${clients[@]}" > /dev/null
say "ok: three servers, readers told apart by their own addresses and kept on one server"

# The one that answers us ends as in a rolling restart: nobody notices.
answered() { docker logs "$1" 2>&1 | grep -c 'path="/graphql"' || true; }
until_true "the proxy does not answer" fresh "$proxy"
victim='' most=0
for server in $(compose --profile scaled ps -q server); do
  count=$(answered "$server")
  if [ "$count" -gt "$most" ]; then victim=$server most=$count; fi
done
[ -n "$victim" ] || fail "no server says that it has answered"
docker stop --time 60 "$victim" > /dev/null &
stopping=$!
failed=0 asked=0 after=5
while kill -0 "$stopping" 2> /dev/null || [ $((after -= 1)) -ge 0 ]; do
  asked=$((asked + 1))
  fresh "$proxy" || failed=$((failed + 1))
done
wait "$stopping"
[ "$failed" = 0 ] || fail "$failed of $asked requests failed while one of three servers ended"
[ "$(docker inspect --format '{{.State.ExitCode}}' "$victim")" = 0 ] || fail "one of three servers did not end by itself"
say "ok: one of three servers ended, and none of $asked requests failed"
down

say "- an upgrade of a database that an earlier version has filled"
up up -d --no-build database
ready() { database -c 'SELECT 1' > /dev/null 2>&1; }
until_true "the database does not start" ready
gzip --decompress --stdout deploy/stack/before.sql.gz | database > /dev/null || fail "the earlier database cannot be loaded"
before=$(database -c 'SELECT count(*) FROM seaql_migrations')
articles=$(database -c 'SELECT count(*) FROM article')
NEWSGRAPH_SAMPLE=false up up -d --no-build
until_true "no article page out of the database of an earlier version" page
after=$(database -c 'SELECT count(*) FROM seaql_migrations')
[ "$(database -c 'SELECT count(*) FROM article')" = "$articles" ] || fail "articles were lost or came twice in the upgrade"
say "ok: upgraded from $before migrations to $after, with its $articles articles"
down

say "- passwords with odd characters"
for password in '/ # ? % @ :' 'p%41ss+&=;,' "\$HOME \${X} \"'\\\`|<>" 'pässwörd-日本'; do
  export POSTGRES_PASSWORD=$password
  up up -d --no-build
  until_true "no answer with the password $password" page
  # The database demands it.
  compose exec -T -e PGPASSWORD="$password" database psql --host database --username newsgraph --dbname newsgraph -c 'SELECT 1' > /dev/null \
    || fail "the database does not take the password $password"
  compose exec -T -e PGPASSWORD=wrong database psql --host database --username newsgraph --dbname newsgraph -c 'SELECT 1' > /dev/null 2>&1 \
    && fail "the database takes any password"
  down
  say "ok: $password"
done
unset POSTGRES_PASSWORD

say "the stack of docker-compose.yml works: $SECONDS s"
