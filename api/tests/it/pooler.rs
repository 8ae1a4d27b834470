//! PgBouncer before PostgreSQL, and the passwords that both may have.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use api::config::DatabaseUrl;
use futures_util::{StreamExt as _, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use url::Url;

use crate::support::{Cluster, Kind, Process, TestDb, free_port, http_client, install, unprivileged};

/// A PgBouncer with the settings that it has by itself, but for these.
struct PgBouncer {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl PgBouncer {
    /// Before all databases of a server. None where it is not installed and cannot be, which is no place to land anything.
    fn start(server: &Url, settings: &str, users: &str) -> Option<Self> {
        let Some(program) = program() else {
            assert!(
                std::env::var_os("NEWSGRAPH_DEMAND_WEB").is_none(),
                "missing: PgBouncer (Debian: `apt-get install pgbouncer`)"
            );
            eprintln!("left out, because PgBouncer is missing");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("newsgraph-test-").tempdir().unwrap();
        let port = free_port();
        let (host, server_port) = (server.host_str().unwrap(), server.port().unwrap());
        let users_file = folder.path().join("users");
        let auth = if users.is_empty() { "any" } else { "scram-sha-256" };
        let text = format!(
            "[databases]\n* = host={host} port={server_port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
            unix_socket_dir =\nauth_type = {auth}\nauth_file = {}\nmax_client_conn = 400\n{settings}\n",
            users_file.display(),
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, text).unwrap();
        fs::write(&users_file, users).unwrap();
        let mut command = Command::new(program);
        // It does not run as root.
        if let Some((uid, gid)) = unprivileged() {
            for path in [folder.path(), &file, &users_file] {
                chown(path, Some(uid), Some(gid)).unwrap();
            }
            command.uid(uid).gid(gid);
        }
        let process =
            command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let started = Self { process, port, _folder: folder };
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(started);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PgBouncer does not start");
    }

    /// The way to a database through it.
    fn before(&self, database: &Url) -> Url {
        let mut url = database.clone();
        url.set_port(Some(self.port)).unwrap();
        url
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    let find = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
        folders.map(|folder| folder.join("pgbouncer")).find(|program| program.exists())
    };
    find().or_else(|| install("pgbouncer", "command -v pgbouncer || test -x /usr/sbin/pgbouncer").then(find)?)
}

async fn database() -> (TestDb, Url) {
    let database = TestDb::empty(Kind::Postgres).await;
    let DatabaseUrl::Postgres(url) = database.url().clone() else { panic!("it is PostgreSQL") };
    (database, url)
}

fn newsgraph(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_newsgraph"));
    command.args(arguments).env_remove("DATABASE_URL").envs(variables.iter().copied()).stdin(Stdio::null());
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_session_mode_all_works_and_changes_by_hand_are_seen() {
    let (database, url) = database().await;
    // Exactly as many connections as 4 for requests, 4 for jobs and 2 for changes.
    let settings = "pool_mode = session\ndefault_pool_size = 10";
    let Some(pooler) = PgBouncer::start(&url, settings, "") else { return };
    let server = Process::start(
        pooler.before(&url).as_str(),
        &["--database-connections", "4", "--request-timeout", "30s", "--request-database-time", "30s"],
    )
    .await;
    crate::article_page::fill(&database.db, 3).await;
    let http = http_client().build().unwrap();
    let asked = (0..200).map(|number| {
        // A name of its own each time, so that nothing is answered out of memory.
        let query = format!(
            "query Q{number} {{ articles(first: {}) {{ totalCount nodes {{ headline topics {{ name }} }} }} search(query: \"headline\") {{ totalCount }} }}",
            number % 50 + 1
        );
        let (http, server) = (&http, &server);
        async move { server.query(http, &query).await.unwrap() }
    });
    // As many as are computed at a time: where a machine has much to do, others would be turned away.
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(4).collect().await;
    for answer in answers {
        assert!(answer.status == 200 && answer.json().get("errors").is_none(), "{answer:?}");
    }
    for number in 0..5 {
        database.sql(&format!("UPDATE article SET headline = 'By hand {number}' WHERE id = 1")).await;
        let mut looks = 0;
        loop {
            let answer = server.query(&http, "{ articles(first: 50) { nodes { headline } } }").await.unwrap();
            if answer.text.contains(&format!("By hand {number}")) {
                break;
            }
            looks += 1;
            assert!(looks < 500, "the change is never seen: {answer:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert!(!server.log().contains("WARN") && !server.log().contains("ERROR"), "{}", server.log());
}

#[tokio::test]
async fn settings_hold_in_sessions_that_a_pooler_gives_and_what_others_prepared_does_not_matter() {
    let (_database, url) = database().await;
    let settings = "pool_mode = session\ndefault_pool_size = 1\nserver_reset_query =";
    let Some(pooler) = PgBouncer::start(&url, settings, "") else { return };
    let through = DatabaseUrl::Postgres(pooler.before(&url));
    for _ in 0..3 {
        let db = api::database::connect_for_requests(&through, 1, Duration::from_secs(5)).await.unwrap();
        for (name, value) in [
            ("statement_timeout", "5s"),
            ("plan_cache_mode", "force_generic_plan"),
            ("jit", "off"),
            ("max_parallel_workers_per_gather", "0"),
            ("TimeZone", "UTC"),
        ] {
            // A statement that is prepared, by the same name in each session.
            let ask = "SELECT current_setting($1)";
            let ask = Statement::from_sql_and_values(DbBackend::Postgres, ask, [name.into()]);
            let row = db.query_one_raw(ask).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<String>(0).unwrap(), value, "{name}");
        }
        db.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_shares_sessions_is_named_by_each_command() {
    let (_database, url) = database().await;
    for (mode, word) in [("transaction", "transaction mode"), ("statement", "statement mode")] {
        for more in ["", "server_round_robin = 1", "default_pool_size = 1"] {
            let settings = format!("pool_mode = {mode}\n{more}");
            let Some(pooler) = PgBouncer::start(&url, &settings, "") else { return };
            let through = pooler.before(&url);
            let mut server =
                Process::launch(Command::new(env!("CARGO_BIN_EXE_newsgraph")), free_port(), through.as_str(), &[]);
            assert!(!server.end().await.success(), "{mode} {more}");
            let log = server.log();
            assert!(log.contains(word) && log.contains("pool_mode = session"), "{mode} {more}: {log}");
            for arguments in [&["migrate", "status"][..], &["token", "list"], &["import", "nothing.json"]] {
                let refused = newsgraph(arguments, &[("DATABASE_URL", through.as_str())]);
                assert!(
                    !refused.status.success() && said(&refused).contains(word),
                    "{mode} {more}: {}",
                    said(&refused)
                );
            }
        }
    }
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let row = _database.db.query_one_raw(Statement::from_string(DbBackend::Postgres, tables)).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0, "nothing has been changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_shares_sessions_is_found_out_while_others_use_it() {
    let (_database, url) = database().await;
    let Some(pooler) = PgBouncer::start(&url, "pool_mode = transaction\ndefault_pool_size = 12", "") else { return };
    let through = pooler.before(&url);
    let others = (0..8).map(|_| {
        let through = through.clone();
        tokio::spawn(async move {
            use sea_orm::sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions, raw_sql};
            let options: PgConnectOptions = through.as_str().parse().unwrap();
            let mut other = PgConnection::connect_with(&options.extra_float_digits(None)).await.unwrap();
            loop {
                raw_sql("BEGIN; SELECT pg_sleep(0.003); COMMIT").execute(&mut other).await.unwrap();
            }
        })
    });
    let others: Vec<tokio::task::JoinHandle<()>> = others.collect();
    for _ in 0..30 {
        let found = api::database::check(&DatabaseUrl::Postgres(through.clone()), 0).await;
        assert!(matches!(found, Err(api::database::Unusable::Pooler(_))), "{found:?}");
    }
    others.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_makes_do_with_what_a_pooler_gives_and_says_so() {
    let (_database, url) = database().await;
    let Some(pooler) = PgBouncer::start(&url, "pool_mode = session\ndefault_pool_size = 9", "") else { return };
    let server = Process::start(pooler.before(&url).as_str(), &["--database-connections", "8"]).await;
    let told = ["given=9", "the 18 that", "2 are used for requests", "default_pool_size"];
    assert!(told.iter().all(|word| server.log().contains(word)), "{}", server.log());
    let http = http_client().build().unwrap();
    let asked = (0..100).map(|number| format!("{{ q{number}: articles(first: 3) {{ totalCount }} }}"));
    let answers = stream::iter(asked).map(async |query| server.query(&http, &query).await.unwrap());
    let answers: Vec<_> = answers.buffer_unordered(2).collect().await;
    for answer in answers {
        assert!(answer.status == 200 && answer.json().get("errors").is_none(), "{answer:?}");
    }
    // A command has its connections, too.
    let status = newsgraph(&["migrate", "status"], &[("DATABASE_URL", pooler.before(&url).as_str())]);
    assert!(status.status.success(), "{}", said(&status));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_with_too_few_connections_is_named() {
    let (_database, url) = database().await;
    let Some(pooler) = PgBouncer::start(&url, "pool_mode = session\ndefault_pool_size = 5", "") else { return };
    let program = Command::new(env!("CARGO_BIN_EXE_newsgraph"));
    let mut server = Process::launch(program, free_port(), pooler.before(&url).as_str(), &[]);
    for _ in 0..2_000 {
        if server.log().contains("cannot be used") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!server.end().await.success());
    let log = server.log();
    let told = ["gives 5 connections", "8 are needed", "default_pool_size"];
    assert!(told.iter().all(|word| log.contains(word)), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_is_asked_behind_a_pooler_in_session_mode_alone() {
    let primary = Cluster::start().await;
    let replica = primary.replica().await;
    let Some(session) = PgBouncer::start(&replica.url, "pool_mode = session", "") else { return };
    let Some(transaction) = PgBouncer::start(&replica.url, "pool_mode = transaction", "") else { return };
    let (fit, unfit) = (session.before(&replica.url), transaction.before(&replica.url));
    let replicas = format!("{fit},{unfit}");
    let settings = ["--database-connections", "4", "--database-replica-urls", &replicas];
    let server = Process::start(primary.url.as_str(), &settings).await;
    let db = api::database::connect(&DatabaseUrl::Postgres(primary.url.clone()), 1).await.unwrap();
    crate::article_page::fill(&db, 3).await;
    let watched = api::database::connect(&DatabaseUrl::Postgres(replica.url.clone()), 1).await.unwrap();
    let unfit = format!("no queries go to the replica 127.0.0.1:{}: a pooler in transaction mode", transaction.port);
    let fit = format!("no queries go to the replica 127.0.0.1:{}", session.port);
    let http = http_client().build().unwrap();
    let is_asked =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%FROM \"article\"%' AND pid <> pg_backend_pid()";
    let mut asked = 0;
    for number in 0..600 {
        let query = format!("{{ a{number}: articles(first: 3) {{ nodes {{ headline }} }} }}");
        let answer = server.query(&http, &query).await.unwrap();
        assert!(answer.status == 200 && answer.json().get("errors").is_none(), "{answer:?}");
        let row = watched.query_one_raw(Statement::from_string(DbBackend::Postgres, is_asked)).await.unwrap().unwrap();
        asked += row.try_get_by_index::<i64>(0).unwrap();
        if asked > 0 && server.log().contains(&unfit) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(asked > 0, "no query went to the replica: {}", server.log());
    assert!(server.log().contains(&unfit) && !server.log().contains(&fit), "{}", server.log());
}

#[tokio::test]
async fn a_password_is_taken_whatever_is_in_it() {
    let (_database, url) = database().await;
    let odd = [
        "plain",
        "p@ss",
        "p/ss",
        "a/b#c",
        "p%ss",
        "p%41ss",
        "p:ss",
        "p?ss=1",
        "p ss+x",
        "pässwörd",
        " / # ? % @ : & ",
        "$HOME ${X} $(id) `id`",
        "\"quoted\" 'twice'",
        "back\\slash\\n",
        "[{<|>}];,=~^*!",
    ];
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let users: String =
        odd.iter().enumerate().map(|(number, password)| format!("\"user{number}\" {}\n", quoted(password))).collect();
    let Some(server) = PgBouncer::start(&url, "pool_mode = session", &users) else { return };
    let status = |variables: &[(&str, &str)]| newsgraph(&["migrate", "status"], variables);
    for (number, password) in odd.iter().enumerate() {
        let mut address = server.before(&url);
        address.set_username(&format!("user{number}")).unwrap();
        let address = address.as_str();
        let apart = status(&[("DATABASE_URL", address), ("DATABASE_PASSWORD", password)]);
        assert!(apart.status.success(), "{password}: {}", said(&apart));
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), format!("{password}\n")).unwrap();
        let path = Path::to_str(file.path()).unwrap();
        let in_file = status(&[("DATABASE_URL", address), ("DATABASE_PASSWORD_FILE", path)]);
        assert!(in_file.status.success(), "{password}: {}", said(&in_file));
        let with = |password: &str| address.replace(&format!("user{number}@"), &format!("user{number}:{password}@"));
        let encoded = status(&[("DATABASE_URL", &with(&utf8_percent_encode(password, NON_ALPHANUMERIC).to_string()))]);
        assert!(encoded.status.success(), "{password}: {}", said(&encoded));
        // As it is, it works or is told to be encoded, and is never shown.
        let plain = status(&[("DATABASE_URL", &with(password))]);
        let told = said(&plain);
        assert!(
            plain.status.success() || (told.contains("percent-encoded") && !told.contains(password)),
            "{password}: {told}"
        );
        let wrong = status(&[("DATABASE_URL", address), ("DATABASE_PASSWORD", "not-it")]);
        assert!(
            !wrong.status.success() && said(&wrong).contains("the user or the password is wrong"),
            "{}",
            said(&wrong)
        );
        assert!(!said(&wrong).contains("not-it"), "{}", said(&wrong));
    }
}
