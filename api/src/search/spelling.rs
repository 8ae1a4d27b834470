//! What was meant: a word that no article has, with one letter mended.
//!
//! Every word that is one letter away is looked up in the index of the search itself, so nothing is suggested that is not found, and nothing
//! that is not public is given away; there is no list of words to keep up to date, and both databases suggest alike.

use std::collections::HashSet;

use entity::article;
use sea_orm::{
    DbBackend, QuerySelect as _, QueryTrait as _, Statement,
    sea_query::{Expr, PostgresQueryBuilder, Query as Sql, SqliteQueryBuilder},
};

use super::{matching::Matching, query::words};
use crate::{error::Result, session::Session, store::Store};

/// Words that are mended have as many letters.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=24;
/// Most words of a query that are looked at.
const MOST_WORDS: usize = 8;
/// Articles of a word are counted up to here.
const COUNTED: u64 = 50;

/// `text` with each word that nothing has replaced by the most frequent one that is a letter away; `None` when there is nothing to mend,
/// or a word that cannot be.
pub(super) async fn mended(
    session: &Session,
    store: &Store,
    matching: &Matching,
    text: &str,
) -> Result<Option<String>> {
    let wanted = matching.telling_words();
    let mut mended = text.to_owned();
    let mut looked_at = 0;
    // From the end, so that the places of the others stay true.
    for word in words(text).collect::<Vec<_>>().into_iter().rev().filter(|word| wanted.contains(&word.folded)) {
        looked_at += 1;
        if looked_at > MOST_WORDS {
            break;
        }
        if !frequencies(session, store, matching, std::slice::from_ref(&word.folded)).await?.is_empty() {
            continue;
        }
        if !LENGTHS.contains(&word.folded.chars().count()) {
            return Ok(None);
        }
        let candidates = one_letter_away(&word.folded);
        let found = frequencies(session, store, matching, &candidates).await?;
        // Equally frequent ones in the order of candidates: what is mistyped most often is first.
        let place = |candidate: &String| candidates.iter().position(|known| known == candidate);
        let best =
            found.into_iter().max_by_key(|(candidate, articles)| (*articles, std::cmp::Reverse(place(candidate))));
        let Some((best, _)) = best else { return Ok(None) };
        mended.replace_range(word.start..word.end, &best);
    }
    Ok((mended != text).then_some(mended))
}

/// How many public articles have each word, for those that any has; counted up to [`COUNTED`].
async fn frequencies(
    session: &Session,
    store: &Store,
    matching: &Matching,
    words: &[String],
) -> Result<Vec<(String, i64)>> {
    let word = Expr::col(("candidate", "word"));
    let articles =
        article::Entity::seen_by(store.sight()).select_only().expr_as(Expr::val(1), "one").limit(COUNTED).into_query();
    let articles = matching.with_word(articles, &word);
    let count = Sql::select().expr(Expr::cust("count(*)")).from_subquery(articles, "found").take();
    let select = Sql::select()
        .expr_as(word, "word")
        .expr_as(Expr::SubQuery(None, Box::new(count.into())), "articles")
        .from("candidate")
        .take();
    let backend = session.backend();
    let (select, values) = match backend {
        DbBackend::Postgres => select.build(PostgresQueryBuilder),
        _ => select.build(SqliteQueryBuilder),
    };
    let json = serde_json::to_string(words).expect("words are text");
    let (sql, values) = match backend {
        DbBackend::Postgres => {
            let number = values.0.len() + 1;
            let list = format!("SELECT value AS word FROM jsonb_array_elements_text(${number}::jsonb)");
            (
                format!("WITH candidate AS MATERIALIZED ({list}) {select}"),
                values.0.into_iter().chain([json.into()]).collect(),
            )
        }
        _ => {
            // Only words that are there at all are counted; the list stands first, and so does its value.
            let list = "SELECT term AS word FROM article_vocabulary WHERE term IN (SELECT value FROM json_each(?))";
            let values: Vec<_> = std::iter::once(json.into()).chain(values.0).collect();
            (format!("WITH candidate AS MATERIALIZED ({list}) {select}"), values)
        }
    };
    let rows = session.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let rows = rows.iter().map(|row| Ok((row.try_get("", "word")?, row.try_get("", "articles")?)));
    let found: Vec<(String, i64)> = rows.collect::<Result<_, sea_orm::DbErr>>()?;
    Ok(found.into_iter().filter(|(_, articles)| *articles > 0).collect())
}

/// All words one letter away, the likeliest slips first: two letters the wrong way round, one too many, one wrong, one too few.
fn one_letter_away(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let text = |parts: &[&[char]]| parts.iter().flat_map(|part| part.iter()).collect::<String>();
    let mut away = Vec::new();
    for at in 1..letters.len() {
        away.push(text(&[&letters[..at - 1], &[letters[at], letters[at - 1]], &letters[at + 1..]]));
    }
    for at in 0..letters.len() {
        away.push(text(&[&letters[..at], &letters[at + 1..]]));
    }
    let alphabet = alphabet(&letters);
    for at in 0..letters.len() {
        let accented = accented(letters[at]).chars();
        away.extend(
            alphabet.chars().chain(accented).map(|letter| text(&[&letters[..at], &[letter], &letters[at + 1..]])),
        );
    }
    for at in 0..=letters.len() {
        away.extend(alphabet.chars().map(|letter| text(&[&letters[..at], &[letter], &letters[at..]])));
    }
    let mut known = HashSet::from([word.to_owned()]);
    away.retain(|other| known.insert(other.clone()));
    away
}

/// The letters that a word of this script is written with.
fn alphabet(letters: &[char]) -> &'static str {
    let is_in = |range: std::ops::RangeInclusive<char>| letters.iter().any(|letter| range.contains(letter));
    if is_in('\u{400}'..='\u{4ff}') {
        "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґў"
    } else if is_in('\u{370}'..='\u{3ff}') {
        "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώ"
    } else if is_in('a'..='z') {
        "abcdefghijklmnopqrstuvwxyz"
    } else {
        ""
    }
}

/// The forms of a letter with an accent, which keyboards of other languages lack.
fn accented(letter: char) -> &'static str {
    match letter {
        'a' => "àáâãäåāăą",
        'c' => "çćč",
        'd' => "ďđ",
        'e' => "èéêëēėęě",
        'g' => "ğģ",
        'i' => "ìíîïīįı",
        'l' => "ľĺł",
        'n' => "ñńň",
        'o' => "òóôõöøōő",
        'r' => "ŕř",
        's' => "śšşș",
        't' => "ťţț",
        'u' => "ùúûüūůűų",
        'y' => "ýÿ",
        'z' => "źżž",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_may_be_swapped_dropped_wrong_or_missing() {
        let away = one_letter_away("sao");
        for expected in ["aso", "soa", "so", "são", "sad", "soap".trim_end_matches('p'), "stao", "saos"] {
            assert!(away.iter().any(|word| word == expected), "{expected}");
        }
        assert!(!away.iter().any(|word| word == "sao"));
        assert!(one_letter_away("банк").contains(&"бланк".to_owned()));
        assert!(one_letter_away("東京").iter().all(|word| word.chars().count() <= 2));
    }
}
