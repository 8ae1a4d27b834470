//! The servers that are measured, and what they and the database use.

use std::{fs, io, net::SocketAddr, path::Path, time::Duration};

use api::server;
use axum::{Router, body::Bytes, http::header::CONTENT_TYPE, routing::post};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

/// A server: the program, or constant bytes from this one.
pub(crate) struct Server {
    pub(crate) address: String,
    child: Option<Child>,
}

/// Seconds of CPU.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) server: f64,
    pub(crate) database: f64,
}

impl Usage {
    pub(crate) fn since(self, before: &Self) -> Self {
        Self { server: self.server - before.server, database: self.database - before.database }
    }
}

impl Server {
    /// Starts the program with settings of its own.
    pub(crate) async fn start(program: &Path, database_url: &str, settings: &[&str]) -> io::Result<Self> {
        let address = free_address().await?;
        let child = Command::new(program)
            .args([
                "--database-url",
                database_url,
                "--listen",
                &address.to_string(),
                "--sample",
                "false",
                "--log",
                "warn",
                "--rate-limit",
                "0",
            ])
            .args(settings)
            .kill_on_drop(true)
            .spawn()?;
        let server = Self { address: address.to_string(), child: Some(child) };
        for _ in 0..600 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(io::Error::other("the server did not start within a minute"))
    }

    /// The same server code, with nothing behind it.
    pub(crate) async fn constant(bytes: Vec<u8>) -> io::Result<Self> {
        let bytes = Bytes::from(bytes);
        let answer = move |_: Bytes| async move { ([(CONTENT_TYPE, "application/json")], bytes) };
        let router = Router::new().route("/graphql", post(answer));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(server::serve(listener, router, std::future::pending()));
        Ok(Self { address, child: None })
    }

    /// What the program and the whole of PostgreSQL, if there is one, have used until now, where both run on this machine.
    pub(crate) async fn usage(&self, db: Option<&DatabaseConnection>) -> Result<Usage, Box<dyn std::error::Error>> {
        let server = self.process().map_or(Ok(0.0), cpu)?;
        let Some(db) = db else { return Ok(Usage { server, database: 0.0 }) };
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()")).await?;
        let backend: i32 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        let Some(postmaster) = parent(backend.unsigned_abs()) else { return Ok(Usage { server, database: f64::NAN }) };
        let mut database = cpu(postmaster)? + cpu_of_the_dead(postmaster)?;
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(process) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
            if parent(process) == Some(postmaster) {
                // It may have ended meanwhile.
                database += cpu(process).unwrap_or_default();
            }
        }
        Ok(Usage { server, database })
    }

    /// Resident memory in MiB.
    pub(crate) fn memory(&self) -> io::Result<f64> {
        let Some(process) = self.process() else { return Ok(f64::NAN) };
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = resident.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        Ok(kibibytes.unwrap_or(f64::NAN) / 1024.0)
    }

    fn process(&self) -> Option<u32> {
        self.child.as_ref()?.id()
    }
}

/// The status and the body of an answer, when all of it is there.
pub(crate) async fn exchange(address: &str, what: &str, body: &[u8]) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "{what} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let status = answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("no answer"))?;
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(answer.len(), |end| end + 4);
    Ok((status, answer.split_off(head)))
}

async fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0").await?.local_addr()
}

/// The numbers of `/proc/PID/stat` from the third on.
fn stat(process: u32) -> io::Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let rest = text.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    Ok(rest.split_whitespace().map(ToOwned::to_owned).collect())
}

fn parent(process: u32) -> Option<u32> {
    stat(process).ok()?.get(1)?.parse().ok()
}

fn ticks(process: u32, fields: [usize; 2]) -> io::Result<f64> {
    /// `USER_HZ` of every Linux.
    const TICKS: f64 = 100.0;
    let stat = stat(process)?;
    let of = |field: usize| stat.get(field).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or_default();
    Ok((of(fields[0]) + of(fields[1])) / TICKS)
}

fn cpu(process: u32) -> io::Result<f64> {
    ticks(process, [11, 12])
}

fn cpu_of_the_dead(process: u32) -> io::Result<f64> {
    ticks(process, [13, 14])
}
