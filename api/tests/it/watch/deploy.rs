//! The files for Prometheus, Grafana and Compose: they name nothing that is not there.

use std::collections::BTreeSet;

use regex::Regex;

use super::*;
use crate::support::{Kind, TestDb};

const RULES: &str = "deploy/prometheus/alerts.yml";
const DASHBOARD: &str = "deploy/grafana/dashboards/newsgraph.json";

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read_project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The metrics that an expression of PromQL names: words that are neither functions, labels, nor of the language.
fn metrics_of(expression: &str) -> BTreeSet<String> {
    let replace = |text: &str, pattern: &str, by: &str| Regex::new(pattern).unwrap().replace_all(text, by).into_owned();
    let rest = replace(expression, r#""[^"]*""#, "");
    let rest = replace(&rest, r"\{[^}]*\}", " ");
    let rest = replace(&rest, r"\[[^\]]*\]", " ");
    let rest = replace(&rest, r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ");
    let rest = replace(&rest, r"[a-zA-Z_][a-zA-Z0-9_]*\s*\(", "(");
    let words = Regex::new(r"[a-zA-Z_:][a-zA-Z0-9_:]*").unwrap();
    let language = ["and", "or", "unless", "bool", "offset", "inf", "nan"];
    words
        .find_iter(&rest)
        .map(|word| word.as_str().to_owned())
        .filter(|word| !language.contains(&word.as_str()))
        .collect()
}

#[test]
fn names_are_found_in_expressions() {
    let names = |expression| metrics_of(expression).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(
        names(r#"sum by (a, le) (rate(x_total{c="d_total",e=~"$f"}[$__rate_interval])) / y > 0.5"#),
        "x_total y"
    );
    assert_eq!(names("time() - max by (task) (z_seconds) > 3 * max without(b) (w) or up == 1"), "up w z_seconds");
}

fn rules() -> Vec<Value> {
    let rules = yaml(RULES);
    let groups = rules["groups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

fn dashboard_expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read_project(DASHBOARD)).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let mut expressions: Vec<String> = targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if let Some(query) = variable["query"]["query"].as_str() {
            // Only the metric: the other argument is a label.
            expressions.push(query.split(',').next().unwrap().trim_start_matches("label_values(").to_owned());
        }
    }
    expressions
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_metric_that_the_alerts_and_the_dashboard_name_is_served() {
    let database = TestDb::empty(Kind::Postgres).await;
    let program = Program::serve(database.url(), &[], &[]).await;
    let mut served = BTreeSet::new();
    for line in program.all_figures(&database).await.lines() {
        match line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            Some((name, "counter")) => drop(served.insert(format!("{name}_total"))),
            Some((name, "info")) => drop(served.insert(format!("{name}_info"))),
            Some((name, "histogram")) => served.extend(["_bucket", "_count", "_sum"].map(|end| format!("{name}{end}"))),
            Some((name, _)) => drop(served.insert(name.to_owned())),
            None => {}
        }
    }
    // Prometheus itself says whether a server could be asked.
    served.insert("up".to_owned());
    let expressions = rules().iter().map(|rule| rule["expr"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let expressions = [expressions, dashboard_expressions()].concat();
    assert!(expressions.len() > 50, "{}", expressions.len());
    let mut named = BTreeSet::new();
    for expression in &expressions {
        let metrics = metrics_of(expression);
        assert!(!metrics.is_empty(), "{expression}");
        for metric in &metrics {
            assert!(served.contains(metric), "{metric} of `{expression}` is not served");
        }
        named.extend(metrics);
    }
    // And hardly anything is served that nobody looks at.
    let unseen: Vec<_> = served
        .iter()
        .filter(|name| !name.ends_with("_count") && !name.ends_with("_sum") && !named.contains(*name))
        .filter(|name| !matches!(name.as_str(), "process_virtual_memory_bytes"))
        .collect();
    assert!(unseen.len() <= 3, "no panel shows {unseen:?}");
}

#[test]
fn every_alert_says_what_to_do() {
    let rules = rules();
    assert!(rules.len() >= 12);
    let mut names = BTreeSet::new();
    let (panel, setting) = (Regex::new(r#"panel "([^"]+)""#).unwrap(), Regex::new(r"NEWSGRAPH_[A-Z_]+").unwrap());
    for rule in rules {
        let name = rule["alert"].as_str().unwrap().to_owned();
        assert!(name.starts_with("Newsgraph"), "{name}");
        assert!(matches!(rule["labels"]["severity"].as_str(), Some("page" | "ticket")), "{name}");
        let text = |key: &str| rule["annotations"][key].as_str().unwrap_or_default().to_owned();
        assert!(
            text("summary").contains("$labels") || text("summary").contains("$value"),
            "{name}: {}",
            text("summary")
        );
        assert!(text("description").len() > 100, "{name}: {}", text("description"));
        // What it calls by name must have that name.
        let panels = read_project(DASHBOARD);
        for panel in panel.captures_iter(&text("description")) {
            assert!(
                panels.contains(&format!("\"title\": \"{}\"", &panel[1])),
                "{name} names a panel that is not there: {}",
                &panel[1]
            );
        }
        for setting in setting.find_iter(&text("description")) {
            assert!(read_project("README.md").contains(setting.as_str()), "{name}: {}", setting.as_str());
        }
        assert!(names.insert(name.clone()), "{name} twice");
    }
    let page = read_project("docs/observability.md");
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "docs/observability.md does not list {name}");
    }
}

#[test]
fn the_files_of_compose_prometheus_and_grafana_fit_together() {
    let compose = yaml("docker-compose.yml");
    let services = compose["services"].as_object().unwrap();
    for (name, service) in services {
        if let Some(image) = service["image"].as_str() {
            let (_, version) = image.rsplit_once(':').unwrap_or_else(|| panic!("{name} has no version"));
            assert!(version.chars().any(|digit| digit.is_ascii_digit()), "{image} is not a version");
        }
        // Every file that is mounted is there, and every volume is declared.
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let source = volume.as_str().unwrap().split(':').next().unwrap();
            match source.strip_prefix("./") {
                Some(path) => assert!(project(path).is_dir(), "{name}: {path}"),
                None => assert!(compose["volumes"].as_object().unwrap().contains_key(source), "{name}: {source}"),
            }
        }
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(!port.as_str().unwrap().ends_with(":9464"), "figures are not for the public");
        }
    }
    for name in ["prometheus", "grafana"] {
        assert_eq!(services[name]["profiles"], json!(["observability"]), "{name}");
    }
    for name in ["server", "proxy"] {
        assert_eq!(services[name]["profiles"], json!(["scaled"]), "{name}");
    }
    for name in ["database", "newsgraph"] {
        assert_eq!(services[name]["profiles"], Value::Null, "{name}");
    }
    // The proxy is believed, by the network that it alone shares with the servers, and finds them there.
    let subnet = &compose["networks"]["front"]["ipam"]["config"][0]["subnet"];
    assert_eq!(&services["server"]["environment"]["NEWSGRAPH_TRUSTED_PROXIES"], subnet);
    let alias = services["server"]["networks"]["front"]["aliases"][0].as_str().unwrap();
    assert!(read_project("deploy/haproxy/haproxy.cfg").contains(&format!(" {alias}:8000")), "{alias}");
    let listens = services["newsgraph"]["environment"]["NEWSGRAPH_METRICS_LISTEN"].as_str().unwrap();
    let port = listens.rsplit(':').next().unwrap();
    let prometheus = yaml("deploy/prometheus/prometheus.yml");
    let job = &prometheus["scrape_configs"][0];
    assert_eq!(job["job_name"], "newsgraph");
    assert_eq!(job["static_configs"][0]["targets"], json!([format!("newsgraph:{port}")]));
    assert_eq!(job["dns_sd_configs"][0]["names"], json!(["server"]));
    assert_eq!(job["dns_sd_configs"][0]["port"].to_string(), port);
    for file in prometheus["rule_files"].as_array().unwrap() {
        assert!(project("deploy/prometheus").join(file.as_str().unwrap()).is_file());
    }
    let source = &yaml("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"][0];
    assert_eq!(source["url"], "http://prometheus:9090");
    let folder = &yaml("deploy/grafana/provisioning/dashboards/newsgraph.yml")["providers"][0]["options"]["path"];
    let mounted = services["grafana"]["volumes"].as_array().unwrap().iter().any(|volume| {
        volume.as_str().unwrap().starts_with(&format!("./deploy/grafana/dashboards:{}", folder.as_str().unwrap()))
    });
    assert!(mounted, "{folder} is not where the dashboards are mounted");
}
