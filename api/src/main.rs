//! The `newsgraph` program: what is in the library, by command line.

use std::{io::IsTerminal as _, process::ExitCode};

use api::{
    access::token,
    config::{Cli, Command, Config, Documents, Import, LogFormat, Migrate, Owner, Rankings, Source, Terms, Token},
    feeds,
    import::{Options, Report},
    owner,
    watch::{self, Pool, Watch, trace::Traces},
};
use importer::save::mend;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::DatabaseConnection;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::read();
    log(&cli.config);
    let rules = importer::time::zone::rules();
    if rules.may_be_old() {
        tracing::warn!(version = rules.version(), folder = rules.source(), "newer rules of time zones are built in");
    }
    for word in Cli::misspelt_settings() {
        tracing::warn!("{word}");
    }
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// How long the last reads may take to be saved when the server stops. With the drain and the requests in flight it is less than the ten
/// seconds that Docker waits.
const FAREWELL: std::time::Duration = std::time::Duration::from_millis(1_500);
/// How long jobs may take to let go of what they hold in the database.
const RELEASE: std::time::Duration = std::time::Duration::from_millis(500);

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn run(Cli { command, config }: Cli) -> Outcome {
    match command.unwrap_or(Command::Serve) {
        Command::Schema => print(&api::schema::sdl()),
        Command::Documents(Documents::Check { path }) => check_documents(&config, path.as_deref()),
        Command::Health => health(&config).await,
        Command::Migrate(direction) => with_database(&config, async |db| migrate(&db, direction).await).await,
        Command::Serve => {
            config.graphql.check()?;
            config.load.check(config.graphql.max_cost)?;
            let mut config = config.with_password()?;
            // A pooler may have fewer than are wanted.
            config.database_connections =
                api::database::check_at_start(&config.database_url, config.database_connections).await?;
            let mut db = api::database::connect(&config.database_url, config.database_connections).await?;
            watch::count_statements(&mut db, Pool::Jobs, |_| {});
            let mut pools = vec![db.clone()];
            let outcome = serve(&config, db, &mut pools).await;
            close(&config, pools).await;
            if outcome.is_ok() {
                tracing::info!("stopped");
            }
            outcome
        }
        Command::Import(command) => with_database(&config, async |db| import(&config, db, &command).await).await,
        Command::Owner(command) => with_database(&config, async |db| owners(db, command).await).await,
        Command::Terms(command) => with_database(&config, async |db| terms(db, command).await).await,
        Command::Source(command) => with_database(&config, async |db| source(&config, db, command).await).await,
        Command::Token(command) => with_database(&config, async |db| tokens(db, command).await).await,
        Command::Rankings(Rankings::Recompute { as_of }) => {
            with_database(&config, async |db| recompute(&config, db, as_of).await).await
        }
    }
}

/// Does something with the database, which is closed afterwards, also when the program is asked to end before.
async fn with_database(config: &Config, work: impl AsyncFnOnce(DatabaseConnection) -> Outcome) -> Outcome {
    let config = &config.clone().with_password()?;
    api::database::check(&config.database_url, 0).await?;
    let db = api::database::connect(&config.database_url, config.database_connections).await?;
    let mut signals = api::server::Signals::listen();
    let outcome = tokio::select! {
        outcome = work(db.clone()) => Some(outcome),
        () = signals.end() => None,
    };
    close(config, [db]).await;
    match outcome {
        Some(outcome) => outcome,
        None => {
            tracing::error!("asked to end; what was saved before stays");
            // A thread may still read what nobody takes.
            std::process::exit(1);
        }
    }
}

async fn close(config: &Config, connections: impl IntoIterator<Item = DatabaseConnection>) {
    if let Err(problem) = api::database::close(&config.database_url, connections).await {
        tracing::warn!("{problem}");
    }
}

async fn serve(config: &Config, db: DatabaseConnection, opened: &mut Vec<DatabaseConnection>) -> Outcome {
    let traces = config.watch.traces().map(|endpoint| Traces::start(&endpoint)).transpose()?;
    api::database::migrate(&db).await?;
    if api::sample::load(&db, config.sample, api::now()).await? {
        tracing::info!("the sample newsroom is loaded; NEWSGRAPH_SAMPLE=false keeps it out of an empty database");
    }
    let settings = config.settings();
    let mut jobs = api::ranking::spawn(&db, &settings.rankings, &settings.cache.committed);
    jobs.push(api::feeds::spawn(&db, config.default_language.clone()));
    jobs.push(api::related::spawn(&db));
    jobs.push(api::search::spawn(&db));
    jobs.push(api::facet::spawn(&db));
    let listener = tokio::net::TcpListener::bind(config.listen).await.map_err(|error| {
        format!("cannot serve on {}: {error}; pass another address with --listen or NEWSGRAPH_LISTEN", config.listen)
    })?;
    tracing::info!("GraphiQL: {}/", settings.public_url);
    tracing::info!("GraphQL endpoint: {}/graphql", settings.public_url);
    let reads = api::reads::Reads::start(db.clone(), config.reads()?);
    // Statements of requests end when the request does; those of jobs and imports may take longer.
    let timeout = config.graphql.request_timeout;
    let requests =
        api::database::connect_for_requests(&config.database_url, config.database_connections, timeout).await?;
    opened.push(requests.clone());
    let (urls, connections) = (&config.database_replica_urls, config.database_connections);
    let replicas = api::replicas::Replicas::connect(&db, urls, connections, timeout).await?;
    let pools = api::app::Pools { requests, jobs: db.clone(), replicas };
    let watch = Watch::default();
    let figures = match config.watch.metrics_listen {
        Some(address) => Some(serve_figures(address, watch.clone()).await?),
        None => None,
    };
    let draining = api::server::Draining::default();
    let graphql = api::http::graphql::Settings {
        limiter: api::http::limiter::Limiter::new(&config.load.limiter()),
        admission: api::http::admission::Admission::new(config.load.admission(config.database_connections)),
        ..config.graphql.settings()
    };
    let options = api::app::Options { access: config.access(), graphql, watch, draining: draining.clone() };
    let (router, cache) = api::app::router_and_cache(pools, settings, reads.clone(), options)?;
    let (files, connections) = (api::config::open_files(), config.database_connections);
    let largest_body = u32::try_from(config.access().import_bytes).unwrap_or(u32::MAX);
    let how = config.load.server(files, connections, largest_body, config.access().proxies);
    // Until now a signal ends the program in the usual way.
    let mut signals = api::server::Signals::listen();
    let (stop, stopping) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        signals.end().await;
        let _ = stop.send(());
        signals.end().await;
        tracing::warn!("asked to end a second time; what is in flight is cut off");
        std::process::exit(1);
    });
    let asked = async {
        // The task that sends lives until it has.
        let _ = stopping.await;
    };
    api::server::serve_with(listener, router, how, draining, asked).await?;
    if tokio::time::timeout(FAREWELL, reads.close()).await.is_err() {
        tracing::warn!("reads that nobody was told are saved could not be saved when the server stopped");
    }
    jobs.extend(figures);
    for job in &jobs {
        job.abort();
    }
    // Their transactions are rolled back, and with them their locks are free for the next server.
    let released = async {
        for job in jobs {
            let _ = job.await;
        }
    };
    if tokio::time::timeout(RELEASE, released).await.is_err() {
        tracing::debug!("jobs were still at work when the server stopped");
    }
    if let Some(cache) = cache {
        cache.end().await;
    }
    if let Some(traces) = traces {
        traces.end().await;
    }
    Ok(())
}

/// Serves the figures until the handle is aborted.
async fn serve_figures(
    address: std::net::SocketAddr,
    watch: Watch,
) -> Result<tokio::task::JoinHandle<()>, Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
        format!("figures cannot be served on {address}: {error}; pass another address with --metrics-listen or NEWSGRAPH_METRICS_LISTEN")
    })?;
    tracing::info!("figures for Prometheus: http://{}/metrics", listener.local_addr()?);
    Ok(tokio::spawn(async move {
        if let Err(error) = api::server::serve(listener, watch::routes(watch), std::future::pending()).await {
            tracing::error!(%error, "figures are no longer served");
        }
    }))
}

async fn import(config: &Config, db: DatabaseConnection, command: &Import) -> Outcome {
    let (inputs, format) = command.inputs_and_format();
    let mut report = report(command.report.as_deref())?.with_progress();
    api::database::migrate(&db).await?;
    let options = Options {
        sender: command.owner.clone().into(),
        viewer: None,
        format,
        defaults: importer::Defaults { time_zone: command.time_zone, ..Default::default() },
        settings: importer::save::Settings {
            section: command.section.clone(),
            language: command.language.clone().or_else(|| config.default_language.clone()),
        },
        dry_run: command.dry_run,
        allow_private: command.allow_private,
    };
    let summary = api::import::import(&db, inputs, &options, &mut report).await?;
    print(&format!("{summary}\n"))?;
    match summary.failed + summary.refused + summary.skipped {
        0 => Ok(()),
        1 => Err("1 document or item was not imported".into()),
        failed => Err(format!("{failed} documents and items were not imported").into()),
    }
}

/// A report to standard error, and as JSON lines to a file.
fn report(file: Option<&std::path::Path>) -> Result<Report, String> {
    let json: Option<Box<dyn std::io::Write + Send>> = match file {
        Some(file) => {
            let opened = std::fs::File::create(file);
            let opened = opened.map_err(|error| format!("the report {} cannot be written: {error}", file.display()))?;
            Some(Box::new(std::io::BufWriter::new(opened)))
        }
        None => None,
    };
    Ok(Report::new(Box::new(std::io::stderr()), json))
}

async fn owners(db: DatabaseConnection, command: Owner) -> Outcome {
    api::database::migrate(&db).await?;
    match command {
        Owner::List { json } => print(&owner::table(&owner::list(&db).await?, json)),
        Owner::Show { uris } => {
            let found = owner::show(&db, &uris).await?;
            let lines = found.iter().map(|item| format!("{}  {} {}\n", item.owner, item.kind, item.uri));
            print(&lines.collect::<String>())?;
            match uris.iter().find(|uri| found.iter().all(|item| item.uri != **uri)) {
                Some(unknown) => Err(format!("no item has the identifier `{unknown}`").into()),
                None => Ok(()),
            }
        }
        Owner::HandOver { to, from, prefix, uris } => {
            let handed_over = owner::hand_over(&db, &owner::Which { from, uris, prefix }, &to).await?;
            if !owner::is_known(&db, &to).await? {
                tracing::warn!(owner = %to, "no source feed and no token has this name yet; see `newsgraph source list` and `token list`");
            }
            print(&format!("handed over to {to}: {handed_over}\n"))
        }
    }
}

async fn terms(db: DatabaseConnection, command: Terms) -> Outcome {
    api::database::migrate(&db).await?;
    match command {
        Terms::Show { kind, slug } => print(&mend::show(&db, kind, &slug).await?.to_string()),
        Terms::Part { kind, slug, name, identifier, prefix, owner, source, language, byline, again, uris } => {
            let which = mend::Which { uris, prefix, owner, source, language, byline };
            let part = mend::Part { name, identifier, which, again };
            let parted = mend::part(&db, kind, &slug, &part).await?;
            print(&format!("parted from {slug}: {parted}\n"))
        }
        Terms::Merge { kind, slugs, into } => {
            let merged = mend::merge(&db, kind, &slugs, &into).await?;
            print(&format!("merged into {into}: {merged}\n"))
        }
    }
}

async fn source(config: &Config, db: DatabaseConnection, command: Source) -> Outcome {
    api::database::migrate(&db).await?;
    match command {
        Source::Add(add) => {
            let mapping = entity::feed::Mapping {
                sections: add.map_section.into_iter().collect(),
                topics: add.map_topic.into_iter().collect(),
                always: add.topic,
            };
            let draft = feeds::Draft {
                name: add.name,
                url: add.url,
                format: add.format,
                section: add.section,
                mapping,
                language: add.language,
                time_zone: add.time_zone,
                every: add.every,
                allow_private: add.allow_private,
            };
            let added = feeds::add(&db, draft, api::now()).await?;
            print(&format!("{} is added; `serve` visits it, and so does `newsgraph source run`\n", added.name))
        }
        Source::Update(update) => {
            let feed = feeds::find(&db, &update.name).await?;
            let (name, change) = update.change(&feed.mapping);
            let updated = feeds::update(&db, &name, change, api::now()).await?;
            print(&format!("{} is updated; its next visit files its news anew\n", updated.name))
        }
        Source::List { json } => print(&feeds::table(&feeds::list(&db).await?, json)),
        Source::Remove { name } => {
            feeds::remove(&db, &name).await?;
            print(&format!("{name} is removed; its news stays\n"))
        }
        Source::Run { names, again, report: file } => {
            let mut report = report(file.as_deref())?;
            let mut wanted = Vec::new();
            for name in &names {
                wanted.push(feeds::find(&db, name).await?);
            }
            if names.is_empty() {
                wanted = feeds::list(&db).await?;
            }
            let (mut failed, mut refused) = (0, 0);
            for feed in wanted {
                let name = feed.name.clone();
                let language = config.default_language.as_deref();
                let visit = feeds::visit_and_report(&db, feed, language, again, &mut report).await?;
                match &visit {
                    feeds::Visit::Failed(_) => failed += 1,
                    feeds::Visit::Read { refused: items, .. } => refused += items,
                    _ => {}
                }
                print(&format!("{name}: {visit}\n"))?;
            }
            match (failed, refused) {
                (0, 0) => Ok(()),
                (0, refused) => Err(format!("{refused} items were refused: they belong to others").into()),
                (failed, _) => Err(format!("{failed} not read").into()),
            }
        }
    }
}

async fn tokens(db: DatabaseConnection, command: Token) -> Outcome {
    api::database::migrate(&db).await?;
    let now = api::now();
    match command {
        Token::Create { name, scope, source, expires } => {
            let scopes = scope.into_iter().collect();
            let secret = token::create_bound(&db, &name, &scopes, &source, expires, now).await?;
            print(&format!("{}\n", secret.reveal()))
        }
        Token::List { json } => print(&token::table(&token::list(&db).await?, now, json)),
        Token::Rotate { name, expires, overlap } => {
            let secret = token::rotate(&db, &name, expires, overlap.unwrap_or_default(), now).await?;
            print(&format!("{}\n", secret.reveal()))
        }
        Token::Revoke { name } => {
            token::revoke(&db, &name, now).await?;
            print(&format!("{name} is revoked\n"))
        }
    }
}

fn check_documents(config: &Config, path: Option<&std::path::Path>) -> Outcome {
    let path = path.or(config.graphql.documents.as_deref());
    let path = path
        .ok_or("name a folder or a manifest: `newsgraph documents check PATH`, --documents or NEWSGRAPH_DOCUMENTS")?;
    let documents = api::app::check_documents(path, &config.graphql.settings())?;
    documents.flaws().iter().try_for_each(|flaw| print(&format!("{flaw}\n")))?;
    match (documents.len(), documents.unusable()) {
        (1, 0) => print("1 document fits\n"),
        (all, 0) => print(&format!("{all} documents fit\n")),
        (all, unusable) => Err(format!("{unusable} of {all} registered documents cannot be answered").into()),
    }
}

async fn recompute(config: &Config, db: DatabaseConnection, as_of: Option<chrono::DateTime<chrono::Utc>>) -> Outcome {
    api::database::migrate(&db).await?;
    print(&api::ranking::report(&db, &config.rankings(), as_of, api::now()).await?)
}

async fn health(config: &Config) -> Outcome {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        stream.write_all(b"GET /health/ready HTTP/1.0\r\n\r\n").await?;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await?;
        std::io::Result::Ok(status)
    };
    match tokio::time::timeout(std::time::Duration::from_secs(2), ask).await {
        Ok(Ok(status)) if status.ends_with(b" 200") => Ok(()),
        Ok(Err(error)) => Err(format!("nothing answers on {address}: {error}").into()),
        _ => Err(format!("the server on {address} is not ready").into()),
    }
}

async fn migrate(db: &DatabaseConnection, direction: Migrate) -> Outcome {
    api::database::check_not_newer(db).await?;
    match direction {
        Migrate::Up => api::database::migrate(db).await?,
        Migrate::Down { steps } => api::database::migrate_down(db, steps).await?,
        Migrate::Status => {
            let mut lines = String::new();
            for migration in Migrator::get_migration_with_status(db).await? {
                lines.push_str(&format!("{:8} {}\n", migration.status().to_string(), migration.name()));
            }
            return print(&lines);
        }
    }
    Ok(())
}

/// Writes an answer for programs and people to standard output; the log goes to standard error.
fn print(text: &str) -> Outcome {
    use std::io::Write as _;
    match std::io::stdout().write_all(text.as_bytes()) {
        // The reader, such as `head`, has read enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn log(config: &Config) {
    let is_json = config.log_format == LogFormat::Json;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(config.log.as_str())
        .with_writer(move || watch::Lines::new(std::io::stderr(), is_json))
        .with_ansi(std::io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}
