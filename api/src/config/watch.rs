//! The settings of what those who run the server see of it: figures and traces.

use std::net::SocketAddr;

use clap::Args;
use url::Url;

use super::{address, fetched_url};

/// The settings of figures and traces.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings of figures and traces")]
pub struct Watch {
    /// The address to serve figures on, as `/metrics` in the format of Prometheus; none are served when it is left out. They are for those who
    /// run the server: choose an address that the public does not reach.
    #[arg(long, global = true, env = "NEWSGRAPH_METRICS_LISTEN", value_name = "ADDRESS:PORT", value_parser = address)]
    pub metrics_listen: Option<SocketAddr>,

    /// Where traces are sent, by OTLP over HTTP; `/v1/traces` is appended. None are sent when it is left out. The other standard variables of
    /// OpenTelemetry hold too, such as `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER` and `OTEL_EXPORTER_OTLP_HEADERS`.
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", value_parser = fetched_url)]
    pub otlp_endpoint: Option<Url>,

    /// Where traces are sent, when it is not `/v1/traces` at the endpoint; taken as it is.
    #[arg(long, global = true, env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", value_name = "URL", value_parser = fetched_url)]
    pub otlp_traces_endpoint: Option<Url>,

    /// Sends no traces whatever the endpoint is.
    #[arg(long, global = true, env = "OTEL_SDK_DISABLED", value_name = "BOOL", default_value_t = false,
        default_missing_value = "true", num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    pub otel_sdk_disabled: bool,
}

impl Watch {
    /// The address that traces are sent to, if any.
    pub fn traces(&self) -> Option<Url> {
        if self.otel_sdk_disabled {
            return None;
        }
        self.otlp_traces_endpoint.clone().or_else(|| {
            let mut endpoint = self.otlp_endpoint.clone()?;
            let path = format!("{}/v1/traces", endpoint.path().trim_end_matches('/'));
            endpoint.set_path(&path);
            Some(endpoint)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_traces_is_appended_to_the_endpoint_alone() {
        let url = |text: &str| text.parse::<Url>().ok();
        let watch = |base, traces, otel_sdk_disabled| {
            Watch { metrics_listen: None, otlp_endpoint: base, otlp_traces_endpoint: traces, otel_sdk_disabled }
                .traces()
        };
        assert_eq!(watch(None, None, false), None);
        assert_eq!(watch(url("http://otel:4318"), None, false), url("http://otel:4318/v1/traces"));
        assert_eq!(watch(url("http://otel/in/"), None, false), url("http://otel/in/v1/traces"));
        assert_eq!(watch(url("http://otel"), url("http://other/x"), false), url("http://other/x"));
        assert_eq!(watch(url("http://otel"), url("http://other/x"), true), None);
    }
}
