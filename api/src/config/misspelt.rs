//! Settings in the environment that are spelt like none: without a word they would be passed over.

use clap::Command;

const PREFIX: &str = "NEWSGRAPH_";

/// A word about each of these variables of the environment that is meant for a setting and is spelt like none. Others that begin alike stay
/// unmentioned: those of docker compose, and those that Kubernetes sets for services.
pub(crate) fn misspelt(program: &Command, variables: impl Iterator<Item = String>) -> Vec<String> {
    let known: Vec<&str> =
        program.get_arguments().filter_map(|argument| argument.get_env()?.to_str()?.strip_prefix(PREFIX)).collect();
    let mut words: Vec<String> = variables
        .filter_map(|variable| {
            let name = variable.strip_prefix(PREFIX).filter(|name| !known.contains(name))?;
            let meant = alike(name, &known)?;
            Some(format!("`{variable}` is no setting; `{PREFIX}{meant}` is one"))
        })
        .collect();
    words.sort_unstable();
    words
}

/// The setting that is spelt most like `name`.
fn alike<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    let nearest = known.iter().copied().min_by_key(|known| distance(known))?;
    let is_near = distance(nearest) <= 1 + name.len() / 6;
    let begins = |known: &&&str| name.len() >= 4 && known.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'));
    if is_near { Some(nearest) } else { known.iter().find(begins).copied() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Cli;

    fn said(variable: &str) -> Vec<String> {
        misspelt(&Cli::program(), std::iter::once(variable.to_owned()))
    }

    #[test]
    fn a_name_that_is_spelt_like_a_setting_is_told_with_it() {
        for (variable, meant) in [
            ("NEWSGRAPH_CACHESIZE", "NEWSGRAPH_CACHE_SIZE"),
            ("NEWSGRAPH_CORS_ORIGIN", "NEWSGRAPH_CORS_ORIGINS"),
            ("NEWSGRAPH_CORS", "NEWSGRAPH_CORS_ORIGINS"),
            ("NEWSGRAPH_SAMPEL", "NEWSGRAPH_SAMPLE"),
            ("NEWSGRAPH_LISTN", "NEWSGRAPH_LISTEN"),
        ] {
            assert_eq!(said(variable), [format!("`{variable}` is no setting; `{meant}` is one")]);
        }
    }

    #[test]
    fn settings_and_what_is_not_meant_for_the_program_are_not_spoken_of() {
        for variable in [
            "NEWSGRAPH_CACHE_SIZE",
            "NEWSGRAPH_TIME_ZONES",
            "NEWSGRAPH_PORT",
            "NEWSGRAPH_PORT_8000_TCP_ADDR",
            "NEWSGRAPH_SERVICE_HOST",
            "NEWSGRAPH_STACK",
            "DATABASE_URL",
            "PATH",
        ] {
            assert_eq!(said(variable), [""; 0], "{variable}");
        }
    }
}
