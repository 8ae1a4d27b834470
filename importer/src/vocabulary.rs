//! Controlled vocabularies of news, as the formats spell them.

use std::{collections::HashMap, sync::LazyLock};

use entity::article::{Genre, PubStatus};
use oxilangtag::LanguageTag;

/// A line each: code, name, and the successors when it is retired, the first of which takes its place.
const MEDIA_TOPICS: &str = include_str!("../data/media_topics.tsv");
/// A line each: code and name in the list of subjects that came before the media topics.
const SUBJECT_CODES: &str = include_str!("../data/subject_codes.tsv");

static BY_CODE: LazyLock<HashMap<&str, (&str, &str)>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut fields = line.split('\t');
        Some((fields.next()?, (fields.next()?, fields.next()?)))
    };
    MEDIA_TOPICS.lines().filter_map(line).collect()
});

static SUBJECTS: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| SUBJECT_CODES.lines().filter_map(|line| line.split_once('\t')).collect());

/// The code and the English name of an IPTC media topic; those of the successor when it is retired. `None` for other codes.
pub fn current_media_topic(qcode: &str) -> Option<(String, &'static str)> {
    let code = qcode.strip_prefix("medtop:")?;
    let (code, (name, successors)) = BY_CODE.get_key_value(code)?;
    let Some(successor) = successors.split(' ').next().filter(|code| !code.is_empty()) else {
        return Some((format!("medtop:{code}"), name));
    };
    let (code, (name, _)) = BY_CODE.get_key_value(successor)?;
    Some((format!("medtop:{code}"), name))
}

/// What else could take the place of a retired media topic: code and name of each, beside the one that does.
pub(crate) fn other_successors(qcode: &str) -> Vec<String> {
    let successors = qcode.strip_prefix("medtop:").and_then(|code| BY_CODE.get(code)).map_or("", |(_, codes)| codes);
    let named =
        successors.split(' ').skip(1).filter_map(|code| Some(format!("medtop:{code} ({})", BY_CODE.get(code)?.0)));
    named.collect()
}

/// The code of an IPTC subject that has a name, and the name: its own, else those of the nearest subject above it. The last three digits are
/// those of a detail, the three before them those of a matter.
pub(crate) fn subject(code: &str) -> Option<(String, &'static str)> {
    if code.len() != 8 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let above = [code.to_owned(), format!("{}000", &code[..5]), format!("{}000000", &code[..2])];
    above.into_iter().find_map(|code| Some((format!("subj:{code}"), *SUBJECTS.get(&*code)?)))
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

/// The code of a digital source type, as it stands in IPTC's vocabulary; however it is written: as an address, with a prefix or bare.
pub(crate) fn digital_source_type(text: &str) -> Option<String> {
    let code = text.trim().trim_end_matches('/').rsplit(['/', ':', '#']).next()?;
    let is_code = (2..=60).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code.then(|| {
        let known = DIGITAL_SOURCE_TYPES.iter().find(|known| known.eq_ignore_ascii_case(code));
        known.map_or_else(|| code.to_owned(), |known| (*known).to_owned())
    })
}

/// <https://cv.iptc.org/newscodes/digitalsourcetype/>, with its retired codes.
const DIGITAL_SOURCE_TYPES: [&str; 20] = [
    "digitalCapture",
    "computationalCapture",
    "negativeFilm",
    "positiveFilm",
    "print",
    "minorHumanEdits",
    "humanEdits",
    "compositeWithTrainedAlgorithmicMedia",
    "algorithmicallyEnhanced",
    "softwareImage",
    "digitalArt",
    "digitalCreation",
    "dataDrivenMedia",
    "trainedAlgorithmicMedia",
    "algorithmicMedia",
    "screenCapture",
    "virtualRecording",
    "composite",
    "compositeCapture",
    "compositeSynthetic",
];

/// Whether a signal to processors takes the item back.
pub(crate) fn takes_back(signal: &str) -> bool {
    let signal = signal.to_ascii_lowercase();
    ["kill", "retract", "cancel", "delete", "withdraw"].iter().any(|word| signal.contains(word))
}

/// Whether a signal to processors holds the item back.
pub(crate) fn holds_back(signal: &str) -> bool {
    let signal = signal.to_ascii_lowercase();
    signal.starts_with("hold") || ["withh", "embargo"].iter().any(|word| signal.contains(word))
}

/// The word by which a note to editors may restrict an item. Nothing else of it can be read by a program.
pub(crate) fn restricting_word(note: &str) -> Option<&'static str> {
    const FIRST: [&str; 9] =
        ["kill", "killed", "withdraw", "withdrawn", "withhold", "withheld", "retract", "hold", "delete"];
    const ANYWHERE: [&str; 13] = [
        "mandatory kill",
        "embargo",
        "sperrfrist",
        "эмбарго",
        "do not publish",
        "do not use",
        "not for publication",
        "kill this",
        "please kill",
        "withdraw this",
        "hold for release",
        "zurückgezogen",
        "annule et remplace",
    ];
    let note = note.to_lowercase();
    let first = note.split(|sign: char| !sign.is_alphanumeric()).find(|word| !word.is_empty())?;
    let first = FIRST.into_iter().find(|word| *word == first);
    first.or_else(|| ANYWHERE.into_iter().find(|words| note.contains(words)))
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
        // What is named as a successor and is retired itself does not count beside one that is not.
        assert_eq!(current_media_topic("medtop:20000436"), Some(("medtop:20000257".to_owned(), "Renewable energy")));
        assert_eq!(current_media_topic("medtop:20000809"), Some(("medtop:20000093".to_owned(), "Corruption")));
        assert_eq!(other_successors("medtop:20000241"), ["medtop:20001367 (Commercial real estate)"]);
        assert!(other_successors("medtop:20000436").is_empty() && other_successors("medtop:20000093").is_empty());
        assert!(BY_CODE.keys().all(|code| current_media_topic(&format!("medtop:{code}")).is_some()));
    }

    #[test]
    fn subjects_have_names_or_are_those_above() {
        assert_eq!(subject("04015001"), Some(("subj:04015001".to_owned(), "Air transport")));
        assert_eq!(subject("15000000"), Some(("subj:15000000".to_owned(), "Sport")));
        assert_eq!(subject("15054999"), Some(("subj:15054000".to_owned(), "Football")));
        for none in ["99000000", "sport", "", "0401500", "0401500\u{661}"] {
            assert_eq!(subject(none), None, "{none}");
        }
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
