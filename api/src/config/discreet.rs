//! Parsing what may hold a secret: an error says what is wrong, and does not repeat what was given.

use std::ffi::OsStr;

use clap::{
    Arg, Command,
    builder::TypedValueParser,
    error::{Error, ErrorKind},
};

/// A parser for a setting that may hold a secret.
#[derive(Clone, Copy)]
pub(super) struct Discreet<F>(pub(super) F);

impl<T, F> TypedValueParser for Discreet<F>
where
    T: Clone + Send + Sync + 'static,
    F: Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, setting: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let parsed = value.to_str().ok_or_else(|| "it is not UTF-8".to_owned()).and_then(|text| (self.0)(text));
        parsed.map_err(|problem| {
            let flag = setting.map(ToString::to_string).unwrap_or_default();
            let variable = setting.and_then(Arg::get_env).map(OsStr::display);
            let variable = variable.map(|name| format!(" ({name})")).unwrap_or_default();
            command
                .clone()
                .error(ErrorKind::ValueValidation, format!("the value of '{flag}'{variable} is wrong: {problem}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::config::Cli;

    #[test]
    fn what_is_secret_is_not_repeated() {
        for (flag, value, told) in [
            ("--database-url", "postgres://news:hidden/x@db/news", "DATABASE_URL"),
            ("--database-url", "postgres://news:1/hidden@db/news", "percent-encoded"),
            ("--database-url", "mysql://news:hidden@db/news", "postgres://USER"),
            ("--database-replica-urls", "postgres://a@b/c,postgres://news:hidden#@db/news", "DATABASE_REPLICA_URLS"),
            ("--purge-header", "hidden", "NEWSGRAPH_PURGE_HEADER"),
        ] {
            let error = Cli::try_parse_from(["newsgraph", flag, value]).unwrap_err().to_string();
            assert!(error.contains(flag) && error.contains(told) && !error.contains("hidden"), "{error}");
        }
    }
}
