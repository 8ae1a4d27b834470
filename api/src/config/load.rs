//! The settings of load: what one client may ask for, how much is done at a time, and how the server ends.

use std::time::Duration;

use clap::Args;

use crate::{
    http::{admission, limiter, proxies::Proxies},
    server,
};

/// The settings of load.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings of load")]
pub struct Load {
    /// Cost that one client address may ask for a minute without a token; 0 is any. A request costs what `"extensions": {"cost": true}`
    /// says, one that is answered out of memory 10 at most.
    #[arg(long, global = true, env = "NEWSGRAPH_RATE_LIMIT", value_name = "COST", default_value_t = 1_000_000,
        value_parser = clap::value_parser!(u32).range(0..=100_000_000))]
    pub rate_limit: u32,

    /// Cost that one client address may ask for at once.
    #[arg(long, global = true, env = "NEWSGRAPH_RATE_BURST", value_name = "COST", default_value_t = 200_000,
        value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub rate_burst: u32,

    /// Cost that the holder of one token may ask for a minute; 0 is any. As much more may be asked for at once.
    #[arg(long, global = true, env = "NEWSGRAPH_RATE_LIMIT_TOKEN", value_name = "COST", default_value_t = 10_000_000,
        value_parser = clap::value_parser!(u32).range(0..=100_000_000))]
    pub rate_limit_token: u32,

    /// Requests that are computed at the same time; as many as there are connections to the database when it is left out. Answers out of
    /// memory are not counted.
    #[arg(long, global = true, env = "NEWSGRAPH_CONCURRENCY", value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub concurrency: Option<u32>,

    /// Requests that may wait for that; 16 times as many when it is left out. More are answered 503.
    #[arg(long, global = true, env = "NEWSGRAPH_QUEUE", value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub queue: Option<u32>,

    /// How long a request may wait. When all have to wait, they may for a quarter of it.
    #[arg(long, global = true, env = "NEWSGRAPH_QUEUE_TIME", value_name = "TIME", default_value = "1s", value_parser = queue_time)]
    pub queue_time: Duration,

    /// Connections of clients at a time; as many as files may be open when it is left out, and 4096 at most. The health is told on a few more.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_CONNECTIONS", value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: Option<u32>,

    /// Connections of one client, which is an IPv4 address or an IPv6 /64, at a time; a quarter of all but 512 at most when it is left out, 0 is any
    /// number. A /48 may have twice as many, and proxies that are trusted as many as there are. More are answered 429, or closed.
    #[arg(long, global = true, env = "NEWSGRAPH_MAX_CONNECTIONS_PER_CLIENT", value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub max_connections_per_client: Option<u32>,

    /// Memory for request bodies that have not arrived whole; a number alone is MiB. One client may have a quarter of it. More are answered 429
    /// or 503.
    #[arg(long, global = true, env = "NEWSGRAPH_BODY_MEMORY", value_name = "SIZE", default_value = "64MiB", value_parser = super::memory)]
    pub body_memory: u64,

    /// How long the server goes on after it is asked to stop, while `/health/ready` answers 503, so that balancers send nothing more. Requests
    /// in flight have 5 seconds then.
    #[arg(long, global = true, env = "NEWSGRAPH_DRAIN", value_name = "TIME", default_value = "2s", value_parser = drain)]
    pub drain: Duration,
}

impl Load {
    /// What clients may ask for.
    pub fn limiter(&self) -> limiter::Settings {
        limiter::Settings {
            per_minute: self.rate_limit,
            burst: self.rate_burst,
            per_minute_of_token: self.rate_limit_token,
        }
    }

    /// How much is done at a time with so many connections to the database.
    pub fn admission(&self, database_connections: u32) -> admission::Settings {
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let at_once = number(self.concurrency.unwrap_or(database_connections));
        let waiting = self.queue.map_or(at_once.saturating_mul(16), number);
        admission::Settings { at_once, waiting, longest: self.queue_time }
    }

    /// How connections are served, where so many files may be open, so many are for connections to the database, and a body may have so many
    /// bytes.
    pub fn server(
        &self,
        open_files: u64,
        database_connections: u32,
        largest_body: u32,
        proxies: Proxies,
    ) -> server::Settings {
        let usual = server::Settings::default();
        // Two pools, and what the program needs besides.
        let others = u64::from(database_connections) * 2 + 192;
        let possible = usize::try_from(open_files.saturating_sub(others).max(16)).unwrap_or(usize::MAX);
        let connections = match self.max_connections {
            Some(number) => usize::try_from(number).unwrap_or(usize::MAX),
            None => possible.min(usual.connections),
        };
        let connections_of_client = match self.max_connections_per_client {
            Some(number) => usize::try_from(number).unwrap_or(usize::MAX),
            None => (connections / 4).clamp(16, 512),
        };
        let bytes = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let body_bytes = usize::try_from(self.body_memory).unwrap_or(usize::MAX);
        // The largest body must have room.
        let body_bytes_of_client = (body_bytes / 4).max(bytes(largest_body).saturating_mul(2));
        let body_bytes = body_bytes.max(body_bytes_of_client.saturating_mul(2));
        server::Settings {
            connections,
            connections_of_client,
            body_bytes,
            body_bytes_of_client,
            proxies,
            drain: self.drain,
            ..usual
        }
    }

    /// What is wrong with the settings together.
    pub fn check(&self, max_cost: u64) -> Result<(), String> {
        let limits = self.rate_limit > 0 || self.rate_limit_token > 0;
        if limits && u64::from(self.rate_burst) < max_cost {
            return Err(format!(
                "--rate-burst {} is less than one request may cost; make it {max_cost} or more, or --max-cost less",
                self.rate_burst
            ));
        }
        Ok(())
    }
}

/// Lets this process open as many files as it may, and says how many those are.
pub fn open_files() -> u64 {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
        (if raised { maximum } else { current }).unwrap_or(u64::MAX)
    }
    #[cfg(not(unix))]
    u64::MAX
}

fn queue_time(text: &str) -> Result<Duration, String> {
    let given = humantime::parse_duration(text).map_err(|error| format!("{error}; write a time such as `1s`"))?;
    let limits = Duration::from_millis(10)..=Duration::from_secs(10);
    if limits.contains(&given) { Ok(given) } else { Err("it must be from `10ms` to `10s`".to_owned()) }
}

fn drain(text: &str) -> Result<Duration, String> {
    let given = humantime::parse_duration(text).map_err(|error| format!("{error}; write a time such as `2s`"))?;
    if given <= Duration::from_secs(600) { Ok(given) } else { Err("it must be from `0s` to `10min`".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Only {
        #[command(flatten)]
        load: Load,
    }

    fn load(arguments: &[&str]) -> Load {
        Only::parse_from([&["x"], arguments].concat()).load
    }

    #[test]
    fn what_is_left_out_follows_from_the_connections_and_files() {
        let usual = load(&[]);
        let admission = usual.admission(16);
        assert_eq!((admission.at_once, admission.waiting), (16, 256));
        let server = |load: &Load, files: u64| load.server(files, 16, 1 << 20, Proxies::default());
        let usual_server = server(&usual, 1 << 20);
        assert_eq!((usual_server.connections, usual_server.connections_of_client), (4096, 512));
        assert_eq!((usual_server.body_bytes, usual_server.body_bytes_of_client), (64 << 20, 16 << 20));
        assert_eq!((server(&usual, 1024).connections, server(&usual, 1024).connections_of_client), (800, 200));
        let large = usual.server(1 << 20, 16, 256 << 20, Proxies::default());
        assert_eq!((large.body_bytes, large.body_bytes_of_client), (1024 << 20, 512 << 20), "an import has room");
        let given = load(&["--concurrency", "4", "--queue", "0", "--max-connections", "7"]);
        assert_eq!((given.admission(16).at_once, given.admission(16).waiting), (4, 0));
        assert_eq!((server(&given, 1024).connections, server(&given, 1024).connections_of_client), (7, 16));
        assert_eq!(server(&load(&["--max-connections-per-client", "0"]), 1024).connections_of_client, 0);
    }

    #[test]
    fn a_burst_holds_the_largest_request() {
        assert!(load(&[]).check(20_000).is_ok());
        let problem = load(&["--rate-burst", "19999"]).check(20_000).expect_err("it is less");
        assert!(problem.contains("--rate-burst") && problem.contains("20000"), "{problem}");
        assert!(load(&["--rate-burst", "1", "--rate-limit", "0", "--rate-limit-token", "0"]).check(20_000).is_ok());
    }

    #[test]
    fn times_have_bounds() {
        assert_eq!(queue_time("500ms"), Ok(Duration::from_millis(500)));
        assert!(queue_time("1ms").is_err() && queue_time("11s").is_err());
        assert_eq!(drain("0s"), Ok(Duration::ZERO));
        assert!(drain("1h").is_err());
    }
}
