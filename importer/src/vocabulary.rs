//! Controlled vocabularies of news, as the formats spell them.

use std::{collections::HashMap, sync::LazyLock};

use entity::article::Genre;

/// A line each: code, name, and the successor when it is retired.
const MEDIA_TOPICS: &str = include_str!("../data/media_topics.tsv");

static BY_CODE: LazyLock<HashMap<&str, (&str, &str)>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut fields = line.split('\t');
        Some((fields.next()?, (fields.next()?, fields.next()?)))
    };
    MEDIA_TOPICS.lines().filter_map(line).collect()
});

/// The code and the English name of an IPTC media topic; those of the successor when it is retired. `None` for other codes.
pub fn current_media_topic(qcode: &str) -> Option<(String, &'static str)> {
    let code = qcode.strip_prefix("medtop:")?;
    let (code, (name, successor)) = BY_CODE.get_key_value(code)?;
    if successor.is_empty() {
        return Some((format!("medtop:{code}"), name));
    }
    let (code, (name, _)) = BY_CODE.get_key_value(successor)?;
    Some((format!("medtop:{code}"), name))
}

/// `medtop:20000639` for any spelling of an IPTC media topic: its URI, its QCode, or a scheme with the code behind it.
pub(crate) fn media_topic(concept: &str) -> Option<String> {
    let lower = concept.trim().to_ascii_lowercase();
    let digits = lower.len() - lower.trim_end_matches(|character: char| character.is_ascii_digit()).len();
    let (scheme, code) = lower.split_at(lower.len() - digits);
    let is_scheme = scheme == "medtop:" || scheme.trim_end_matches(['/', ':']).ends_with("newscodes/mediatopic");
    (is_scheme && code.len() == 8).then(|| format!("medtop:{code}"))
}

/// A code with its vocabulary's alias before it. Addresses are none.
pub(crate) fn qcode(code: &str) -> Option<String> {
    if let Some(topic) = media_topic(code) {
        return Some(topic);
    }
    let (alias, rest) = code.split_once(':')?;
    let is_alias = alias.starts_with(|character: char| character.is_ascii_alphabetic())
        && alias.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'));
    let is_code = !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace);
    let is_address = matches!(alias.to_ascii_lowercase().as_str(), "http" | "https" | "urn" | "tag" | "mailto");
    (is_alias && is_code && !is_address).then(|| code.to_owned())
}

/// The genre that a code, URI or English name stands for (IPTC genre NewsCodes and common names).
pub(crate) fn genre(name: &str) -> Option<Genre> {
    let name = name.rsplit(['/', ':']).next().unwrap_or(name);
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    Some(match letters.to_ascii_lowercase().as_str() {
        "current" | "news" | "breakingnews" | "update" | "newsarticle" | "reportagenewsarticle" => Genre::Current,
        "background" | "backgrounder" | "backgroundnewsarticle" | "explainer" | "curtainraiser" => Genre::Background,
        "feature" | "profile" | "sidebar" | "sideandsupportinginformation" | "scener" | "humaninterest" => {
            Genre::Feature
        }
        "analysis" | "analysisnewsarticle" => Genre::Analysis,
        "interview" | "qanda" | "questionandanswersession" => Genre::Interview,
        "opinion" | "opinionnewsarticle" | "editorial" | "commentary" | "column" | "review" | "letters"
        | "lettertotheeditor" | "reviewnewsarticle" => Genre::Opinion,
        "pressreview" => Genre::PressReview,
        "pressrelease" | "pressreleases" | "statement" | "advertisement" => Genre::PressRelease,
        "factbox" | "quickfacts" | "timeline" | "chronology" | "historicalfacts" | "listing" => Genre::Factbox,
        "obituary" => Genre::Obituary,
        "results"
        | "resultlistings"
        | "resultslisting"
        | "resultslistings"
        | "resultslistingsandstatistics"
        | "raceresults"
        | "statistics"
        | "pollresults" => Genre::Results,
        "other" => Genre::Other,
        _ => return None,
    })
}

/// "HO CHI MINH CITY" as readers write it; what is not all upper case stays as it is.
pub(crate) fn title_case(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let mut start = true;
    let letter = |character: char| {
        let cased: String = if start { character.to_string() } else { character.to_lowercase().collect() };
        start = !character.is_alphabetic() && !matches!(character, '\'' | '’');
        cased
    };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_media_topic_is_one_code() {
        for concept in [
            "http://cv.iptc.org/newscodes/mediatopic/20000739",
            "https://cv.iptc.org/newscodes/mediatopic/20000739",
            "medtop:20000739",
            "http://cv.iptc.org/newscodes/mediatopic/:20000739",
        ] {
            assert_eq!(media_topic(concept).as_deref(), Some("medtop:20000739"), "{concept}");
        }
        for concept in ["20000739", "http://tt.se/spec/subref/1.0/16000000", "medtop:2000073", "medtop:", ""] {
            assert_eq!(media_topic(concept), None, "{concept}");
        }
    }

    #[test]
    fn retired_media_topics_are_their_successors() {
        assert_eq!(current_media_topic("medtop:06000000"), Some(("medtop:06000000".to_owned(), "Environment")));
        assert_eq!(current_media_topic("medtop:20000251"), Some(("medtop:20000243".to_owned(), "Consumer goods")));
        assert_eq!(current_media_topic("medtop:99999999"), None);
        assert_eq!(current_media_topic("subj:01000000"), None);
        assert!(BY_CODE.keys().all(|code| current_media_topic(&format!("medtop:{code}")).is_some()));
    }

    #[test]
    fn addresses_are_no_codes() {
        assert_eq!(qcode("ninat:Politikk").as_deref(), Some("ninat:Politikk"));
        for code in ["http://a.example/b", "urn:x:y", "plain", "a: b", ":b", "time 12:30"] {
            assert_eq!(qcode(code), None, "{code}");
        }
    }

    #[test]
    fn genres_are_told_by_code_uri_and_name() {
        assert_eq!(genre("PRESS_REVIEW"), Some(Genre::PressReview));
        assert_eq!(genre("http://cv.iptc.org/newscodes/genre/Analysis"), Some(Genre::Analysis));
        assert_eq!(genre("genre:Current"), Some(Genre::Current));
        assert_eq!(genre("Inrikes"), None);
    }

    #[test]
    fn names_in_capitals_are_written_as_readers_do() {
        assert_eq!(title_case("HO CHI MINH CITY"), "Ho Chi Minh City");
        assert_eq!(title_case("ST. PETERSBURG"), "St. Petersburg");
        assert_eq!(title_case("The Hague"), "The Hague");
    }
}
