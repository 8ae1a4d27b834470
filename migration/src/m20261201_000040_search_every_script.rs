//! Words are found in every script: inside of text without spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese), however letters are
//! written that have several forms (Arabic, Hebrew, Hindi, Turkish, full and half width, ligatures), and without the marks of Latin and Greek
//! letters. `U.S.` is found as `US`, and articles by their bylines.
//!
//! Both databases follow the same rules. SQLite has no functions of its own: a trigger goes through them step by step.

use std::fmt::Write as _;

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::table::on;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Letters of scripts without spaces between words.
const UNSPACED: [(char, char); 26] = [
    ('\u{e01}', '\u{e3a}'),
    ('\u{e40}', '\u{e46}'),
    ('\u{e81}', '\u{ec6}'),
    ('\u{edc}', '\u{edf}'),
    ('\u{1000}', '\u{103f}'),
    ('\u{1050}', '\u{109d}'),
    ('\u{1100}', '\u{11ff}'),
    ('\u{1780}', '\u{17b3}'),
    ('\u{17d7}', '\u{17d7}'),
    ('\u{17dc}', '\u{17dc}'),
    ('\u{3005}', '\u{3007}'),
    ('\u{3041}', '\u{3096}'),
    ('\u{309d}', '\u{309f}'),
    ('\u{30a1}', '\u{30fa}'),
    ('\u{30fc}', '\u{30ff}'),
    ('\u{3105}', '\u{312f}'),
    ('\u{3131}', '\u{318e}'),
    ('\u{31a0}', '\u{31bf}'),
    ('\u{31f0}', '\u{31ff}'),
    ('\u{3400}', '\u{4dbf}'),
    ('\u{4e00}', '\u{9fff}'),
    ('\u{a960}', '\u{a97c}'),
    ('\u{ac00}', '\u{d7a3}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{ff66}', '\u{ff9f}'),
    ('\u{20000}', '\u{3ffff}'),
];
/// Their vowel signs and tone marks, which are left out: SQLite takes them for space.
const MARKS: [(char, char); 18] = [
    ('\u{e31}', '\u{e31}'),
    ('\u{e34}', '\u{e3a}'),
    ('\u{e47}', '\u{e4e}'),
    ('\u{eb1}', '\u{eb1}'),
    ('\u{eb4}', '\u{ebc}'),
    ('\u{ec8}', '\u{ece}'),
    ('\u{102b}', '\u{103e}'),
    ('\u{1056}', '\u{1059}'),
    ('\u{105e}', '\u{1060}'),
    ('\u{1062}', '\u{1064}'),
    ('\u{1067}', '\u{106d}'),
    ('\u{1071}', '\u{1074}'),
    ('\u{1082}', '\u{108d}'),
    ('\u{108f}', '\u{108f}'),
    ('\u{109a}', '\u{109d}'),
    ('\u{17b4}', '\u{17d3}'),
    ('\u{17dd}', '\u{17dd}'),
    ('\u{3099}', '\u{309a}'),
];
/// Letters that are written in several forms, with the one that is indexed.
const FORMS: [(char, &str); 39] = [
    ('\u{130}', "I"),
    ('\u{131}', "i"),
    ('\u{622}', "\u{627}"),
    ('\u{623}', "\u{627}"),
    ('\u{625}', "\u{627}"),
    ('\u{671}', "\u{627}"),
    ('\u{649}', "\u{64a}"),
    ('\u{6cc}', "\u{64a}"),
    ('\u{6a9}', "\u{643}"),
    ('\u{624}', "\u{648}"),
    ('\u{300}', ""),
    ('\u{301}', ""),
    ('\u{640}', ""),
    ('\u{64b}', ""),
    ('\u{64c}', ""),
    ('\u{64d}', ""),
    ('\u{64e}', ""),
    ('\u{64f}', ""),
    ('\u{650}', ""),
    ('\u{651}', ""),
    ('\u{652}', ""),
    ('\u{653}', ""),
    ('\u{654}', ""),
    ('\u{655}', ""),
    ('\u{656}', ""),
    ('\u{657}', ""),
    ('\u{658}', ""),
    ('\u{659}', ""),
    ('\u{65a}', ""),
    ('\u{65b}', ""),
    ('\u{65c}', ""),
    ('\u{65d}', ""),
    ('\u{65e}', ""),
    ('\u{65f}', ""),
    ('\u{670}', ""),
    ('\u{93c}', ""),
    ('\u{ad}', ""),
    ('ё', "е"),
    ('Ё', "Е"),
];
/// Vowel points of Hebrew, which are left out.
const POINTS: [(char, char); 5] = [
    ('\u{591}', '\u{5bd}'),
    ('\u{5bf}', '\u{5bf}'),
    ('\u{5c1}', '\u{5c2}'),
    ('\u{5c4}', '\u{5c5}'),
    ('\u{5c7}', '\u{5c7}'),
];
/// What may follow a word in Arabic letters. There heh stands for teh marbuta as often as for itself, so both are indexed as teh marbuta, which
/// stems need.
const ENDS: &str = " \t\n\r\u{a0}\u{200c}\u{200e}\u{200f}.,:;!?%/\"()[]-\u{60c}\u{61b}\u{61f}\u{66a}\u{6d4}«»–—‘’“”…";
/// Letters that have a usual form: half and full width, ligatures, Arabic letters by their place in a word.
const UNUSUAL: [(char, char); 6] = [
    ('\u{fb00}', '\u{fb06}'),
    ('\u{fb13}', '\u{fb17}'),
    ('\u{fb50}', '\u{fdff}'),
    ('\u{fe70}', '\u{fefc}'),
    ('\u{ff10}', '\u{ff5a}'),
    ('\u{ff66}', '\u{ff9f}'),
];
/// What their usual form is (Unicode's NFKC).
const COMPATIBLE: &str = include_str!("search/compatible.txt");
/// Letters with marks, by the letters without.
const FOLDED: &str = include_str!("search/folded.txt");

fn class(ranges: &[(char, char)]) -> String {
    ranges.iter().fold(String::new(), |mut class, (first, last)| {
        let _ = if first == last { write!(class, "{first}") } else { write!(class, "{first}-{last}") };
        class
    })
}

fn postgres() -> String {
    let up = include_str!("search/scripts_postgres_up.sql");
    let ends: String =
        ENDS.chars().map(|sign| if "[]-".contains(sign) { format!("\\{sign}") } else { sign.to_string() }).collect();
    up.replace("UNSPACED", &class(&UNSPACED))
        .replace("[MARKS]", &format!("[{}]", class(&MARKS)))
        .replace("POINTS", &class(&POINTS))
        .replace("UNUSUAL", &class(&UNUSUAL))
        .replace("[ENDS]", &format!("[{ends}]"))
}

/// Letters that are replaced, by the step that does it: as they are written, and as they are indexed.
fn letters() -> Vec<(&'static str, String, String)> {
    let mut letters = Vec::new();
    let mut add = |step, from: &dyn ToString, to: &dyn ToString| letters.push((step, from.to_string(), to.to_string()));
    // A sign that no text holds stands for the dots that go, because they may follow each other.
    for capital in 'A'..='Z' {
        add("dots", &format!(".{capital}."), &format!("\u{1}{capital}."));
    }
    for capital in 'A'..='Z' {
        add("dots", &format!(".{capital}\u{1}"), &format!("\u{1}{capital}\u{1}"));
    }
    add("dots", &'\u{1}', &"");
    for (from, to) in COMPATIBLE.lines().filter_map(|line| line.split_once(' ')) {
        add("compatible", &from, &to);
    }
    FORMS.iter().for_each(|(from, to)| add("forms", from, to));
    POINTS.iter().flat_map(|(first, last)| *first..=*last).for_each(|point| add("forms", &point, &""));
    ENDS.chars().for_each(|end| add("ends", &format!("\u{647}{end}"), &format!("\u{629}{end}")));
    MARKS.iter().flat_map(|(first, last)| *first..=*last).for_each(|mark| add("tones", &mark, &""));
    for (plain, marked) in FOLDED.lines().filter_map(|line| line.split_once(' ')) {
        marked.chars().for_each(|marked| add("marks", &marked, &plain));
    }
    letters
}

/// The table of these letters.
fn table() -> String {
    let rows: Vec<String> = letters().iter().map(|(step, from, to)| format!("('{step}', '{from}', '{to}')")).collect();
    format!(
        "CREATE TABLE search_letter (place INTEGER PRIMARY KEY, step TEXT NOT NULL, written TEXT NOT NULL, indexed TEXT NOT NULL);
        INSERT INTO search_letter (step, written, indexed) VALUES {};",
        rows.join(", ")
    )
}

/// `text` with the letters of a step replaced. Older programs of SQLite cannot read a call in a hundred others.
fn replaced(step: &str, text: &str) -> String {
    format!(
        "(
            WITH RECURSIVE there (number, written, indexed) AS (
                SELECT row_number() OVER (ORDER BY place), written, indexed FROM search_letter
                WHERE step = '{step}' AND ('{step}' = 'dots' OR instr({text}, written) > 0)
            ), replaced (number, text) AS (
                SELECT 0, {text}
                UNION ALL SELECT there.number, replace(replaced.text, there.written, there.indexed)
                FROM replaced JOIN there ON there.number = replaced.number + 1
            )
            SELECT text FROM replaced ORDER BY number DESC LIMIT 1
        )"
    )
}

/// A step that changes `columns` of the row that is being indexed, each where it is like `pattern`.
fn step(columns: &[&str], pattern: &str, change: impl Fn(&str) -> String) -> String {
    let change = |column: &&str| {
        format!(
            "UPDATE article_indexing SET {column} = {} WHERE id = new.id AND {column} GLOB '{pattern}';\n",
            change(column)
        )
    };
    columns.iter().map(change).collect()
}

/// The steps from the text of an article to the words that are indexed.
fn steps() -> String {
    let texts = ["headline", "standfirst", "body"];
    let of_step = |wanted: &str| -> String {
        let letters = letters().into_iter().filter(|(step, ..)| *step == wanted);
        letters.filter_map(|(_, written, _)| written.chars().next()).collect()
    };
    let (unspaced, marked) = (class(&UNSPACED), of_step("marks"));
    let mut steps = String::new();
    steps += &step(&texts, "*.[A-Z].*", |column| replaced("dots", column));
    steps += &step(&texts, &format!("*[{}]*", class(&UNUSUAL)), |column| replaced("compatible", column));
    steps += &step(
        &texts,
        &format!("*[{}{}]*", FORMS.map(|(from, _)| from).iter().collect::<String>(), class(&POINTS)),
        |column| replaced("forms", column),
    );
    // The space stands for the end of the text.
    steps += &step(&texts, "*\u{647}*", |column| replaced("ends", &format!("({column} || ' ')")));
    steps += &step(&texts, &format!("*[{}]*", class(&MARKS)), |column| replaced("tones", column));
    steps += &step(&texts, &format!("*[{unspaced}]*"), |column| {
        format!(
            "(
                WITH RECURSIVE letters (letter, rest) AS (
                    SELECT substr({column}, 1, 1), substr({column}, 2)
                    UNION ALL SELECT substr(rest, 1, 1), substr(rest, 2) FROM letters WHERE rest <> ''
                )
                SELECT group_concat(CASE
                    WHEN letter NOT GLOB '[{unspaced}]' THEN letter
                    WHEN rest GLOB '[{unspaced}]*' THEN ' ' || letter || substr(rest, 1, 1) || ' '
                    ELSE ' ' || letter || ' '
                END, '') FROM letters
            )"
        )
    });
    steps += "INSERT OR REPLACE INTO article_words (rowid, headline, standfirst, body)
        SELECT id, headline, standfirst, body FROM article_indexing WHERE id = new.id;
        INSERT OR REPLACE INTO article_titles (rowid, headline, standfirst)
        SELECT id, headline, standfirst FROM article_indexing WHERE id = new.id;\n";
    let _ = writeln!(
        steps,
        "UPDATE article_indexing SET folded = headline || ' ' || standfirst || ' ' || body
         WHERE id = new.id AND headline || standfirst || body GLOB '*[{marked}]*';
         UPDATE article_indexing SET folded = {} WHERE id = new.id AND folded IS NOT NULL;",
        replaced("marks", "folded")
    );
    steps += "INSERT OR REPLACE INTO article_folded (rowid, words)
        SELECT id, folded FROM article_indexing WHERE id = new.id AND folded IS NOT NULL;
        DELETE FROM article_indexing WHERE id = new.id;\n";
    steps
}

const NO_TRIGGERS: &str = "
    DROP TRIGGER article_words_insert;
    DROP TRIGGER article_words_update;
    DROP TRIGGER article_words_delete;
    DROP TRIGGER article_titles_insert;
    DROP TRIGGER article_titles_update;
    DROP TRIGGER article_titles_delete;";

fn sqlite() -> String {
    format!(
        "{NO_TRIGGERS}
        {table}
        DROP VIEW article_search;
        -- What an article is found by. The byline is part of the text.
        CREATE VIEW article_search AS
        SELECT
            id,
            headline,
            coalesce(standfirst, '') AS standfirst,
            coalesce(byline, '') || ' ' || (
                SELECT coalesce(group_concat(piece.value, ' '), '')
                FROM json_tree(CASE WHEN json_valid(article.body) THEN article.body ELSE '[]' END) AS piece
                WHERE piece.type = 'text' AND (
                    piece.key IN ('text', 'cite')
                    OR (piece.key = 'caption' AND json_extract(article.body, piece.path || '.type') = 'table')
                )
            ) AS body
        FROM article;
        -- The words of texts with letters that have marks, without the marks.
        CREATE VIRTUAL TABLE article_folded USING fts5(
            words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
        );
        CREATE VIRTUAL TABLE article_folded_vocabulary USING fts5vocab(article_folded, 'row');
        -- The article that is being indexed: what is put in here goes through the steps, into the index, and is gone.
        CREATE TABLE article_indexing (
            id INTEGER PRIMARY KEY, headline TEXT NOT NULL, standfirst TEXT NOT NULL, body TEXT NOT NULL, folded TEXT
        );
        CREATE TRIGGER article_indexing_insert AFTER INSERT ON article_indexing BEGIN
            {steps}
        END;
        CREATE TRIGGER article_words_insert AFTER INSERT ON article BEGIN
            INSERT INTO article_indexing (id, headline, standfirst, body)
            SELECT id, headline, standfirst, body FROM article_search WHERE id = new.id;
        END;
        CREATE TRIGGER article_words_update AFTER UPDATE OF id, headline, standfirst, byline, body ON article
        WHEN (old.id, old.headline, old.standfirst, old.byline, old.body)
            IS NOT (new.id, new.headline, new.standfirst, new.byline, new.body)
        BEGIN
            DELETE FROM article_words WHERE rowid = old.id;
            DELETE FROM article_titles WHERE rowid = old.id;
            DELETE FROM article_folded WHERE rowid = old.id;
            INSERT INTO article_indexing (id, headline, standfirst, body)
            SELECT id, headline, standfirst, body FROM article_search WHERE id = new.id;
        END;
        CREATE TRIGGER article_words_delete AFTER DELETE ON article BEGIN
            DELETE FROM article_words WHERE rowid = old.id;
            DELETE FROM article_titles WHERE rowid = old.id;
            DELETE FROM article_folded WHERE rowid = old.id;
        END;
        DELETE FROM article_words WHERE rowid IN (SELECT id FROM article);
        DELETE FROM article_titles WHERE rowid IN (SELECT id FROM article);
        INSERT INTO article_indexing (id, headline, standfirst, body) SELECT id, headline, standfirst, body FROM article_search;",
        table = table(),
        steps = steps()
    )
}

const SQLITE_DOWN: &str = "
    DROP TRIGGER article_words_insert;
    DROP TRIGGER article_words_update;
    DROP TRIGGER article_words_delete;
    DROP TABLE article_indexing;
    DROP TABLE search_letter;
    DROP TABLE article_folded_vocabulary;
    DROP TABLE article_folded;
    DROP VIEW article_search;
    CREATE VIEW article_search AS
    SELECT
        id,
        replace(replace(headline, 'ё', 'е'), 'Ё', 'Е') AS headline,
        replace(replace(coalesce(standfirst, ''), 'ё', 'е'), 'Ё', 'Е') AS standfirst,
        (
            SELECT replace(replace(coalesce(group_concat(piece.value, ' '), ''), 'ё', 'е'), 'Ё', 'Е')
            FROM json_tree(CASE WHEN json_valid(article.body) THEN article.body ELSE '[]' END) AS piece
            WHERE piece.type = 'text' AND (
                piece.key IN ('text', 'cite')
                OR (piece.key = 'caption' AND json_extract(article.body, piece.path || '.type') = 'table')
            )
        ) AS body
    FROM article;
    CREATE TRIGGER article_words_insert AFTER INSERT ON article BEGIN
        INSERT OR REPLACE INTO article_words (rowid, headline, standfirst, body)
        SELECT id, headline, standfirst, body FROM article_search WHERE id = new.id;
    END;
    CREATE TRIGGER article_words_update AFTER UPDATE OF id, headline, standfirst, body ON article
    WHEN (old.id, old.headline, old.standfirst, old.body) IS NOT (new.id, new.headline, new.standfirst, new.body)
    BEGIN
        DELETE FROM article_words WHERE rowid = old.id;
        INSERT OR REPLACE INTO article_words (rowid, headline, standfirst, body)
        SELECT id, headline, standfirst, body FROM article_search WHERE id = new.id;
    END;
    CREATE TRIGGER article_words_delete AFTER DELETE ON article BEGIN
        DELETE FROM article_words WHERE rowid = old.id;
    END;
    CREATE TRIGGER article_titles_insert AFTER INSERT ON article BEGIN
        INSERT OR REPLACE INTO article_titles (rowid, headline, standfirst)
        SELECT id, headline, standfirst FROM article_search WHERE id = new.id;
    END;
    CREATE TRIGGER article_titles_update AFTER UPDATE OF id, headline, standfirst ON article
    WHEN (old.id, old.headline, old.standfirst) IS NOT (new.id, new.headline, new.standfirst)
    BEGIN
        DELETE FROM article_titles WHERE rowid = old.id;
        INSERT OR REPLACE INTO article_titles (rowid, headline, standfirst)
        SELECT id, headline, standfirst FROM article_search WHERE id = new.id;
    END;
    CREATE TRIGGER article_titles_delete AFTER DELETE ON article BEGIN
        DELETE FROM article_titles WHERE rowid = old.id;
    END;
    DELETE FROM article_words WHERE rowid IN (SELECT id FROM article);
    DELETE FROM article_titles WHERE rowid IN (SELECT id FROM article);
    INSERT INTO article_words (rowid, headline, standfirst, body) SELECT id, headline, standfirst, body FROM article_search;
    INSERT INTO article_titles (rowid, headline, standfirst) SELECT id, headline, standfirst FROM article_search;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, &postgres()).await?;
        on(DbBackend::Sqlite, manager, &sqlite()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, include_str!("search/scripts_postgres_down.sql")).await?;
        on(DbBackend::Sqlite, manager, SQLITE_DOWN).await
    }
}
