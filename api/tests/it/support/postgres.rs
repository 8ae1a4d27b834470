//! The PostgreSQL that tests run on: the one that `TEST_DATABASE_URL` names, else a throw-away cluster made from the
//! programs that are installed.

use std::{
    fs,
    io::Write as _,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use api::config::DatabaseUrl;
use rustix::process::{Pid, Signal, kill_process};
use sea_orm::{ConnectionTrait as _, Database};
use tokio::sync::OnceCell;
use url::Url;

/// A new, empty database.
pub(crate) async fn create_database() -> DatabaseUrl {
    static SERVER: OnceCell<Url> = OnceCell::const_new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(server).await;
    let name = format!("newsgraph_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let admin = Database::connect(server.as_str()).await.expect("the test server takes connections");
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database can be made for the test");
    admin.close().await.expect("the connection closes");
    let mut url = server.clone();
    url.set_path(&name);
    DatabaseUrl::Postgres(url)
}

async fn server() -> Url {
    match std::env::var("TEST_DATABASE_URL") {
        Ok(url) => url.parse().expect("TEST_DATABASE_URL is an address such as postgres://postgres@localhost/postgres"),
        Err(_) => throw_away_cluster().await,
    }
}

/// The folder of PostgreSQL's server programs. Where root runs the tests on Debian, as in a container, they are installed.
pub(crate) fn programs() -> PathBuf {
    let is_there = "ls /usr/lib/postgresql/*/bin/initdb";
    find_programs().or_else(|| install("postgresql", is_there).then(find_programs)?).expect(
        "the tests need PostgreSQL 13 or newer: install its server (Debian: `apt-get install postgresql`), or set TEST_DATABASE_URL",
    )
}

/// Installs a package where that can be done, unless a command says that it is there already.
pub(crate) fn install(package: &str, is_there: &str) -> bool {
    if unprivileged().is_none() || !Path::new("/usr/bin/apt-get").exists() {
        return false;
    }
    // Each test may be a process of its own: the first one installs, the others wait for it.
    let script = format!(
        "{{ {is_there}; }} > /dev/null 2>&1 \
        || {{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends {package}; }}"
    );
    let lock = std::env::temp_dir().join("newsgraph-install.lock");
    let installed = Command::new("flock").arg(lock).args(["sh", "-c", &script]).stdin(Stdio::null()).output();
    installed.is_ok_and(|installed| installed.status.success())
}

/// Folders in which distributions put PostgreSQL's server programs.
fn find_programs() -> Option<PathBuf> {
    let versions = |folder: &str| {
        let mut found: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
        found.sort();
        found.reverse();
        found
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = versions("/usr/lib/postgresql");
    folders.extend(["/opt/homebrew/opt/postgresql/bin", "/usr/pgsql/bin", "/usr/local/pgsql/bin"].map(Into::into));
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// PostgreSQL refuses to run as root, so root runs it as another user.
pub(crate) fn unprivileged() -> Option<(u32, u32)> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    let ids = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    is_root.then(|| ids("postgres").or_else(|| ids("nobody")).unwrap_or((65534, 65534)))
}

fn command(program: &Path, user: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

async fn throw_away_cluster() -> Url {
    let programs = programs();
    let user = unprivileged();
    let folder = tempfile::Builder::new().prefix("newsgraph-test-").tempdir().expect("a temporary folder").keep();
    if let Some((uid, gid)) = user {
        chown(&folder, Some(uid), Some(gid)).expect("root may give a folder away");
    }
    let data = folder.join("data");
    let made = command(&programs.join("initdb"), user, &folder)
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata"])
        .arg(&data)
        .output()
        .expect("initdb runs");
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

    let port = free_port();
    let server = start(&programs.join("postgres"), user, &folder, &data, port);
    // The shell ends the server when this pipe closes, which it does however the tests end.
    std::mem::forget(server);
    let url: Url = format!("postgres://postgres@127.0.0.1:{port}/postgres").parse().expect("an address");
    for _ in 0..300 {
        if Database::connect(url.as_str()).await.is_ok() {
            return url;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the test server did not start; its log is {}", folder.join("log").display());
}

fn start(postgres: &Path, user: Option<(u32, u32)>, folder: &Path, data: &Path, port: u16) -> Child {
    let script = r#"
        "$1" -D "$2" -p "$3" -k "$4" -h 127.0.0.1 -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
            -c max_connections=300 -c shared_buffers=64MB > "$4/log" 2>&1 < /dev/null &
        server=$!
        trap '' INT TERM HUP
        read -r end
        kill -INT "$server"
        wait "$server"
        rm -rf "$4"
    "#;
    let mut child = command(Path::new("/bin/sh"), user, folder)
        .args(["-c", script, "sh"])
        .args([postgres, data])
        .arg(port.to_string())
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A group of its own, so that ctrl-c in a terminal does not end the server before the tests.
        .process_group(0)
        .spawn()
        .expect("a shell runs");
    child.stdin.as_mut().expect("it is piped").flush().expect("nothing was written");
    child
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// A server that a test may kill: it keeps what it has answered for, as one in production does.
pub(crate) struct Cluster {
    pub(crate) url: Url,
    folder: tempfile::TempDir,
    server: Child,
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let (programs, user) = (programs(), unprivileged());
        let folder = tempfile::Builder::new().prefix("newsgraph-test-").tempdir().expect("a temporary folder");
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("root may give a folder away");
        }
        let made = command(&programs.join("initdb"), user, folder.path())
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--pgdata", "data"])
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let url: Url = format!("postgres://postgres@127.0.0.1:{}/postgres", free_port()).parse().expect("an address");
        let server = Self::launch(folder.path(), &url);
        let mut cluster = Self { url, folder, server };
        cluster.ready().await;
        cluster
    }

    /// A streaming replica of this server.
    pub(crate) async fn replica(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("newsgraph-test-").tempdir().expect("a temporary folder");
        if let Some((uid, gid)) = unprivileged() {
            chown(folder.path(), Some(uid), Some(gid)).expect("root may give a folder away");
        }
        let copied = command(&programs().join("pg_basebackup"), unprivileged(), folder.path())
            .args(["--pgdata=data", "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"])
            .arg(format!("--dbname={}", self.url))
            .output()
            .expect("pg_basebackup runs");
        assert!(copied.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&copied.stderr));
        let mut url = self.url.clone();
        url.set_port(Some(free_port())).expect("it has a host");
        let server = Self::launch(folder.path(), &url);
        let mut replica = Self { url, folder, server };
        replica.ready().await;
        replica
    }

    fn launch(folder: &Path, url: &Url) -> Child {
        let port = url.port().expect("it was chosen").to_string();
        command(&programs().join("postgres"), unprivileged(), folder)
            .args(["-D", "data", "-p", &port, "-h", "127.0.0.1", "-c", "shared_buffers=32MB", "-k"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres runs")
    }

    async fn ready(&mut self) {
        for _ in 0..300 {
            // Connecting waits for a server that is not there, so it is not waited for.
            let connect = tokio::time::timeout(Duration::from_millis(500), Database::connect(self.url.as_str()));
            if let Ok(Ok(db)) = connect.await {
                db.close().await.expect("the connection closes");
                return;
            }
            // The rest of a killed server may still hold its memory; then the new one gives up.
            if self.server.try_wait().expect("it is a child").is_some() {
                self.server = Self::launch(self.folder.path(), &self.url);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server does not start");
    }

    /// Kills the server without a warning.
    pub(crate) fn kill(&mut self) {
        self.server.kill().expect("it runs");
        self.server.wait().expect("it ends");
    }

    /// Stops all of its processes, as if the machine stood still; connections stay.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let server = Pid::from_child(&self.server);
        let parent = |process: u32| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<i32>().ok()
        };
        // The first one first, so that it starts no more.
        kill_process(server, signal).expect("it runs");
        for entry in fs::read_dir("/proc").expect("Linux").flatten() {
            let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            if parent(process) == Some(server.as_raw_nonzero().get()) {
                // It may have ended meanwhile.
                let _ = Pid::from_raw(process as i32).map(|process| kill_process(process, signal));
            }
        }
    }

    pub(crate) async fn restart(&mut self) {
        self.server = Self::launch(self.folder.path(), &self.url);
        self.ready().await;
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
