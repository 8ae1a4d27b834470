//! What becomes of the server when it is asked for more than it can carry: what is answered and how fast, what is shed, what it holds in memory,
//! and how soon it is as before. Nothing is cached, so that each page must be computed.
//!
//! `wrk` offers the load; single requests beside it, sent at a steady pace whatever becomes of those before, are measured one by one.

use std::{
    io::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};

use api::config::DatabaseUrl;
use serde_json::json;
use tokio::task::JoinSet;

use super::{PAGE, Subject, load::Load, stage::Stage};
use crate::{
    Outcome,
    process::{Server, exchange},
};

/// More load than the server can carry.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    subject: Subject,
    /// How many times as much is asked for as is answered at most. Less is offered, because connections wait for their answers.
    #[arg(long, default_value_t = 12.0)]
    factor: f64,
    /// Connections of the load.
    #[arg(long, default_value_t = 4096)]
    connections: u32,
    /// Seconds of the load.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Requests a second that are measured one by one.
    #[arg(long, default_value_t = 50)]
    probes: u32,
    /// More settings of the server, such as `--concurrency 8`.
    #[arg(last = true)]
    settings: Vec<String>,
}

/// One request that was measured.
#[derive(Clone, Copy, Debug)]
struct Probe {
    /// When it was sent.
    at: Instant,
    /// Milliseconds until all of the answer was there.
    took: f64,
    status: u16,
}

/// Sends requests at a steady pace for a while.
async fn probe(address: String, bodies: Arc<Vec<String>>, a_second: u32, time: Duration) -> Vec<Probe> {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / a_second.max(1));
    let (begun, mut sent, mut probes) = (Instant::now(), JoinSet::new(), Vec::new());
    while begun.elapsed() < time {
        pace.tick().await;
        let (address, bodies, number) = (address.clone(), Arc::clone(&bodies), probes.len() + sent.len());
        sent.spawn(async move {
            let at = Instant::now();
            let body = bodies[number % bodies.len()].as_bytes();
            let status = exchange(&address, "POST /graphql", body).await.map_or(0, |(status, _)| status);
            Probe { at, took: at.elapsed().as_secs_f64() * 1e3, status }
        });
        while let Some(Ok(probe)) = sent.try_join_next() {
            probes.push(probe);
        }
    }
    probes.extend(sent.join_all().await);
    probes.sort_by_key(|probe| probe.at);
    probes
}

/// Milliseconds of those that were answered with 200: median, 99th percentile and longest; and how many of all these are.
fn accepted(probes: &[Probe]) -> (f64, f64, f64, f64) {
    let mut took: Vec<f64> = probes.iter().filter(|probe| probe.status == 200).map(|probe| probe.took).collect();
    took.sort_by(f64::total_cmp);
    let at = |part: f64| took.get(((took.len() as f64 * part) as usize).min(took.len().saturating_sub(1)));
    let of = |part| at(part).copied().unwrap_or(f64::NAN);
    (of(0.5), of(0.99), of(1.0), took.len() as f64 / probes.len().max(1) as f64)
}

/// Seconds after `end` from which on for a second all requests were answered, and none slower than twice the slowest before the load.
fn recovered(probes: &[Probe], end: Instant, slowest: f64) -> Option<f64> {
    let after: Vec<&Probe> = probes.iter().filter(|probe| probe.at >= end).collect();
    let is_good = |probe: &&Probe| probe.status == 200 && probe.took <= 2.0 * slowest;
    let last_bad = after.iter().rposition(|probe| !is_good(probe));
    let first_good = after.get(last_bad.map_or(0, |place| place + 1))?;
    let is_long = after.last()?.at - first_good.at >= Duration::from_secs(1);
    is_long.then(|| (first_good.at - end).as_secs_f64())
}

pub(crate) async fn measure(args: &Args) -> Outcome {
    const CALM: Duration = Duration::from_secs(5);
    const AFTER: Duration = Duration::from_secs(10);
    let db = api::database::connect(&DatabaseUrl::Postgres(args.subject.database_url.parse()?), 4).await?;
    api::database::migrate(&db).await?;
    let folder = tempfile::tempdir()?;
    let stage = Stage::set(&db, args.subject.pages).await?;
    let mut out = std::io::stdout();
    let mut settings = vec!["--cache-size", "0"];
    settings.extend(args.settings.iter().map(String::as_str));
    let server = Server::start(&args.subject.server, &args.subject.database_url, &settings).await?;

    // As many connections as are computed at once, so that nothing waits.
    let load = Load::new(folder.path(), &stage, PAGE, 16, 8)?;
    load.warm(&server.address).await?;
    let most = load.pages(&server.address).await?;
    writeln!(
        out,
        "answered at most: {:.0} pages/s (p50 {:.0} ms, p99 {:.0} ms)",
        most.per_second, most.median, most.p99
    )?;

    let page = |slug: &str| json!({ "query": PAGE, "variables": { "slug": slug } }).to_string();
    let bodies: Arc<Vec<String>> = Arc::new(stage.draws(5_000).map(page).collect());
    let few = (most.per_second / 10.0).ceil() as u32;
    let before = probe(server.address.clone(), Arc::clone(&bodies), few, CALM).await;
    let (calm_p50, calm_p99, calm_longest, _) = accepted(&before);
    let memory_before = server.memory()?;

    let whole = Duration::from_secs(args.seconds.into()) + AFTER;
    let probing = tokio::spawn(probe(server.address.clone(), bodies, args.probes, whole));
    let watched = {
        let address = server.address.clone();
        tokio::spawn(async move {
            let (begun, mut asked, mut failed) = (Instant::now(), 0, 0);
            while begun.elapsed() < whole {
                asked += 1;
                let ready =
                    tokio::time::timeout(Duration::from_secs(2), exchange(&address, "GET /health/ready", b"")).await;
                failed += u32::from(!matches!(ready, Ok(Ok((200, _)))));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            (asked, failed)
        })
    };
    let begun = Instant::now();
    let pause = f64::from(args.connections) / (args.factor * most.per_second) * 1e3;
    let offering = load.flood(&server.address, args.connections, args.seconds, pause);
    let mut memory_during: f64 = memory_before;
    let flood = {
        let mut offering = std::pin::pin!(offering);
        loop {
            tokio::select! {
                flood = &mut offering => break flood?,
                () = tokio::time::sleep(Duration::from_millis(200)) => memory_during = memory_during.max(server.memory()?),
            }
        }
    };
    let end = Instant::now();
    let seconds = (end - begun).as_secs_f64();
    let probes = probing.await?;
    let (asked, failed) = watched.await?;
    let memory_after = server.memory()?;

    let (during, _): (Vec<Probe>, Vec<Probe>) = probes.iter().partition(|probe| probe.at < end);
    let (p50, p99, longest, part) = accepted(&during);
    let rate = |number: f64| number / seconds;
    writeln!(
        out,
        "offered {:.0}/s, {:.1} times as much: accepted {:.0}/s, shed {:.0}/s, answered otherwise {:.0} in all, not yet at the end {:.0}",
        rate(flood.offered),
        rate(flood.offered) / most.per_second,
        rate(flood.accepted),
        rate(flood.shed),
        flood.other,
        flood.offered - flood.accepted - flood.shed - flood.other,
    )?;
    writeln!(out, "{:24} {:>9} {:>9} {:>9}", "accepted requests", "p50 ms", "p99 ms", "max ms")?;
    writeln!(out, "{:24} {calm_p50:9.0} {calm_p99:9.0} {calm_longest:9.0}", "before, at a tenth")?;
    writeln!(out, "{:24} {p50:9.0} {p99:9.0} {longest:9.0}   {:.0} % of those measured", "during", part * 100.0)?;
    match recovered(&probes, end, calm_longest) {
        Some(time) => writeln!(out, "as before {time:.1} s after the end of the load")?,
        None => writeln!(out, "not as before {} s after the end of the load", AFTER.as_secs())?,
    }
    writeln!(out, "/health/ready asked {asked} times, {failed} times without 200")?;
    writeln!(out, "memory: {memory_before:.0} MiB before, {memory_during:.0} at most during, {memory_after:.0} after")?;
    Ok(())
}
