//! Controlled vocabularies of news, as the formats spell them.

use std::{collections::HashMap, sync::LazyLock};

use entity::article::{Genre, PubStatus};
use oxilangtag::LanguageTag;

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

/// The genre that a code, URI or common name stands for (IPTC genre NewsCodes and the lists before them, schema.org).
pub(crate) fn genre(name: &str) -> Option<Genre> {
    let name = name.rsplit(['/', ':', '#']).next().unwrap_or(name);
    let name: String = name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if name.is_empty() {
        return None;
    }
    Some(match name.strip_suffix("newsarticle").unwrap_or(&name) {
        "" | "current" | "currentevents" | "news" | "breakingnews" | "reportage" | "exclusive" | "summary"
        | "update" | "wrap" | "wrapup" | "fromthescene" | "actuality" => Genre::Current,
        "background" | "backgrounder" | "explainer" | "history" | "retrospective" | "archivematerial"
        | "hintergrund" => Genre::Background,
        "feature"
        | "specialreport"
        | "profile"
        | "biography"
        | "biog"
        | "faitdivers"
        | "scene"
        | "scener"
        | "sidebar"
        | "sideandsupportinginformation"
        | "humaninterest" => Genre::Feature,
        "analysis" | "analyse" | "forecast" | "curtainraiser" => Genre::Analysis,
        "interview" | "qanda" | "questionandanswer" | "questionandanswersession" | "responsetoaquestion" => {
            Genre::Interview
        }
        "opinion" | "review" | "column" | "editorial" | "commentary" | "comment" | "kommentar" | "letters"
        | "lettertotheeditor" => Genre::Opinion,
        "pressdigest" | "pressreview" => Genre::PressReview,
        "pressrelease" | "pressreleases" | "release" | "statement" | "advertisement" | "pressemitteilung" => {
            Genre::PressRelease
        }
        "factbox" | "facts" | "quickfacts" | "listingoffacts" | "historicalfacts" | "almanac" | "timeline"
        | "chronology" | "listing" => Genre::Factbox,
        "obituary" | "obit" | "nachruf" => Genre::Obituary,
        "results"
        | "resultlistings"
        | "resultslisting"
        | "resultslistings"
        | "resultslistingsandstatistics"
        | "raceresults"
        | "statistics"
        | "pollsandsurveys"
        | "polls"
        | "pollresults" => Genre::Results,
        "other" => Genre::Other,
        _ => return None,
    })
}

/// The status that a word for it means.
pub(crate) fn status(name: &str) -> Option<PubStatus> {
    Some(match name.to_ascii_lowercase().as_str() {
        "usable" => PubStatus::Usable,
        "withheld" | "embargoed" | "withhold" => PubStatus::Withheld,
        "canceled" | "cancelled" | "killed" | "kill" | "retracted" | "deleted" => PubStatus::Canceled,
        _ => return None,
    })
}

/// Whether a signal to processors takes the item back.
pub(crate) fn takes_back(signal: &str) -> bool {
    let signal = signal.to_ascii_lowercase();
    ["kill", "retract", "cancel", "delete", "withdraw"].iter().any(|word| signal.contains(word))
}

/// Whether a signal says that the item corrects what was published.
pub(crate) fn corrects(signal: &str) -> bool {
    let signal = signal.to_ascii_lowercase();
    ["correct", "rectify"].iter().any(|word| signal.contains(word))
}

/// A BCP 47 tag in the usual case: `zh-Hant-TW` for `ZH_hant_tw`.
pub fn language_tag(text: &str) -> Option<String> {
    let tag = LanguageTag::parse_and_normalize(&text.trim().replace('_', "-")).ok()?.into_inner();
    // `x-klingon` and `i-default` name no language that a reader could choose.
    (tag.find('-') != Some(1)).then_some(tag)
}

/// The tag of a language that has an ISO 639 code; `None` for names of languages and for what says nothing.
pub(crate) fn coded_language(text: &str) -> Option<String> {
    let tag = language_tag(text)?;
    let primary = tag.split('-').next().unwrap_or(&tag);
    (primary.len() <= 3 && !matches!(primary, "und" | "mul" | "zxx")).then_some(tag)
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
    fn genres_are_known_by_code_and_by_name() {
        assert_eq!(genre("Press-Release"), Some(Genre::PressRelease));
        assert_eq!(genre("Q and A"), Some(Genre::Interview));
        assert_eq!(genre("Nyheter"), None);
    }

    #[test]
    fn signals_are_told_apart() {
        assert!(takes_back("sig:kill") && takes_back("Retraction") && !takes_back("sig:update"));
        assert!(corrects("sig:correction") && !corrects("sig:update"));
    }

    #[test]
    fn names_in_capitals_are_written_as_readers_do() {
        assert_eq!(title_case("HO CHI MINH CITY"), "Ho Chi Minh City");
        assert_eq!(title_case("ST. PETERSBURG"), "St. Petersburg");
        assert_eq!(title_case("The Hague"), "The Hague");
    }

    #[test]
    fn language_tags_are_written_in_the_usual_case() {
        assert_eq!(language_tag("ZH_hant_tw").as_deref(), Some("zh-Hant-TW"));
        assert_eq!(language_tag("nb-NO").as_deref(), Some("nb-NO"));
        for wrong in ["", "e", "english text", "en--US", "-", "en-toolongsubtag"] {
            assert_eq!(language_tag(wrong), None, "{wrong}");
        }
    }
}
