//! Each kind of edit against each kind of question: what was kept is answered as it is now, and what an edit does not reach stays.

use std::collections::BTreeSet;

use super::*;

/// Questions of every kind; each root field is in one of them.
pub(super) const QUESTIONS: &[(&str, &str)] = &[
    ("sections", "{ sections { id slug name position parent { slug } children { slug } } section(slug: \"section-1\") { name } }"),
    ("of section 1", "{ articles(filter: { sections: [\"section-1\"] }, first: 20) { nodes { slug headline } totalCount } }"),
    ("of section 2", "{ section(slug: \"section-2\") { slug articles(first: 5) { nodes { slug headline } pageInfo { hasNextPage } } } }"),
    ("of topic 1", "{ topic(by: { slug: \"topic-1\" }) { name broader { name } narrower { name } articles { nodes { slug } totalCount } } }"),
    ("of topics by name", "{ articles(filter: { topics: [\"topic-2\", \"topic-new\"], includeNarrowerTopics: true }) { nodes { slug } } }"),
    ("of a story", "{ story(slug: \"story-1\") { title leadImage { alt } articles(first: 3) { nodes { slug headline } totalCount } } }"),
    ("of a place", "{ articles(filter: { places: [\"seoul\", \"new-place\"] }) { nodes { slug dateline { place { name } } } } }"),
    ("by language", "{ articles(filter: { languages: [\"en\", \"ru\"], genres: [CURRENT], urgencyAtMost: 5 }) { nodes { slug } } }"),
    ("with gallery", "{ articles(filter: { hasGallery: true, sections: [\"section-1\"] }) { nodes { slug } } }"),
    ("updated", "{ articles(orderBy: RECENTLY_UPDATED, first: 3) { nodes { slug updatedAt } } }"),
    ("feed", "{ feed(first: 4, timeZone: \"Asia/Seoul\") { days { date label articles { slug headline } } pageInfo { hasNextPage } } }"),
    ("article 1", "{ article(by: { slug: \"article-1\" }) { headline body { blocks { __typename ... on ImageBlock { image { alt } } } }
        topics { name } places { name } stories { title } galleries { title itemCount } contributors { name role contributor { identifier } } leadImage { alt url }
        dateline { place { name } } section { name } source { name } corrections { text } translations { slug } } }"),
    ("modified", "{ articles(first: 5, orderBy: RECENTLY_MODIFIED) { nodes { slug modifiedAt } totalCount } }"),
    ("removed", "{ removedArticles(since: \"2999-01-01T00:00:00Z\") { nodes { slug } totalCount } }"),
    ("article 5", "{ article(by: { slug: \"article-5\" }) { headline section { slug } topics { slug } corrections { text } } }"),
    ("related", "{ article(by: { slug: \"article-1\" }) { related(first: 10) { reason article { slug headline } } } }"),
    ("not there", "{ bySlug: article(by: { slug: \"article-new\" }) { headline } byUri: article(by: { uri: \"urn:test:900\" }) { headline }
        byUrl: article(by: { url: \"https://example.org/new\" }) { headline } gallery(slug: \"gallery-new\") { title }
        story(slug: \"story-new\") { title } place(slug: \"new-place\") { name } topic(by: { qcode: \"test:1\" }) { name } }"),
    ("ids", "{ nodes(ids: [\"QXJ0aWNsZTo5MDA\", \"VG9waWM6MQ\", \"U3Rvcnk6MQ\", \"R2FsbGVyeTox\", \"SW1hZ2U6MTozNmE0MzlkNTQwYmRjMThj\", \"UGxhY2U6MQ\", \"Q29udHJpYnV0b3I6Mg\"]) { id __typename
        ... on Topic { name } ... on Story { title } ... on Gallery { title } ... on Image { alt url } ... on Place { name }
        ... on Contributor { name url } } node(id: \"U2VjdGlvbjox\") { id } }"),
    ("rankings", "{ mostRead(window: NOW, first: 2) { computedAt entries { rank movement reads article { slug headline } } }
        section(slug: \"section-1\") { mostRead(window: THIS_WEEK) { entries { rank article { slug } } } } }"),
    ("rank", "{ article(by: { slug: \"article-2\" }) { rank(window: NOW) } }"),
    ("top stories", "{ topStories(first: 3) { position headline kicker article { slug headline } } }"),
    ("headlines", "{ externalHeadlines(placement: IN_OTHER_MEDIA) { position headline } }"),
    ("galleries", "{ galleries(first: 5) { nodes { slug title itemCount leadImage { alt } } totalCount } }"),
    ("gallery 1", "{ gallery(slug: \"gallery-1\") { title section { name } items { nodes { position caption image { alt } } }
        articles { nodes { slug headline } totalCount } } }"),
    ("topics", "{ topics(first: 50) { nodes { slug name } } }"),
    ("stories", "{ stories(status: OPEN) { nodes { slug title } totalCount } }"),
    ("places", "{ places { slug name } }"),
    ("place", "{ place(slug: \"seoul\") { name articles { nodes { slug headline } totalCount } } }"),
    ("contributors", "{ contributors(first: 50) { nodes { slug name } totalCount } contributor(by: { slug: \"ann\" }) { name identifier biography links image { alt } url
        articles { nodes { slug headline } totalCount } } }"),
    ("a contributor by uri", "{ contributor(by: { uri: \"urn:p:2\" }) { slug name } }"),
    ("of a contributor", "{ articles(filter: { contributors: [\"ann\"] }) { nodes { slug } totalCount } }"),
    ("sources", "{ sources { nodes { slug name } totalCount } source(by: { slug: \"agency\" }) { name articles { nodes { slug } totalCount } } }"),
    ("options", "{ filterOptions { sections { value label count } topics { value label count } stories { value count } places { value count }
        languages { value count } genres { value count } sources { value count } contributors { value label count }
        urgencies { value count } } }"),
    ("search", "{ search(query: \"headline\", filter: { topics: [\"topic-1\"] }) { nodes { slug headline } totalCount
        facets { sections { value count } topics { value count } contributors { value label count } } } }"),
    ("search mended", "{ search(query: \"mended\") { nodes { slug headline } totalCount } }"),
    ("suggest", "{ suggest(prefix: \"s\", first: 20) { kind slug text } }"),
    ("suggestions", "{ storySuggestions { confidence articles { slug headline } } }"),
    ("type", "{ __schema { queryType { fields { name } } } }"),
];

const NEW_ARTICLE: &str = "INSERT INTO article (id, uri, slug, url, version, status, genre, language, headline, published_at, updated_at,
    section_id, word_count, body) VALUES (900, 'urn:test:900', 'article-new', 'https://example.org/new', 1, 'usable', 'current', 'ru',
    'Mended', '2026-03-02T11:59:00+00:00', '2026-03-02T11:59:00+00:00', 2, 0, '[]')";

/// Edits by hand, each on what those before have made.
pub(super) const EDITS: &[&str] = &[
    NEW_ARTICLE,
    "UPDATE article SET headline = 'Mended twice' WHERE id = 900",
    "INSERT INTO article_topic (article_id, topic_id, position, published_at) VALUES (900, 1, 1, '2026-03-02T11:59:00+00:00')",
    "INSERT INTO story_article (story_id, article_id, pinned_position, published_at) VALUES (1, 900, 1, '2026-03-02T11:59:00+00:00')",
    "UPDATE story_article SET pinned_position = 2147483647 WHERE article_id = 900",
    "UPDATE article SET section_id = 1 WHERE id = 900",
    "UPDATE article SET place_id = 1, urgency = 2, language = 'en' WHERE id = 900",
    "UPDATE article SET translation_key = 'urn:test:1' WHERE id = 900",
    "UPDATE article SET published_at = '2026-03-01T11:59:00+00:00' WHERE id = 900",
    "UPDATE article SET updated_at = '2026-03-02T11:59:30+00:00' WHERE id = 5",
    "UPDATE article SET status = 'withheld' WHERE id = 900",
    "UPDATE article SET slug = 'article-other' WHERE id = 900",
    "UPDATE article SET status = 'usable' WHERE id = 900",
    "UPDATE article SET slug = 'article-new' WHERE id = 900",
    "INSERT INTO article_gallery (article_id, gallery_id, position) VALUES (900, 1, 1)",
    "INSERT INTO top_story (position, article_id, headline) VALUES (90, 900, 'On top')",
    "UPDATE top_story SET position = -1 WHERE article_id = 900",
    "UPDATE article SET status = 'canceled' WHERE id = 900",
    "UPDATE article SET status = 'usable' WHERE id = 900",
    "DELETE FROM article WHERE id = 900",
    "UPDATE article SET status = 'withheld' WHERE id = 2",
    "UPDATE article SET status = 'usable' WHERE id = 2",
    "UPDATE article SET exclude_from_rankings = true WHERE id = 3",
    "UPDATE article SET exclude_from_rankings = false WHERE id = 3",
    "UPDATE article SET lead_image_id = 2 WHERE id = 1",
    "INSERT INTO correction (article_id, position, text, corrected_at) VALUES (5, 1, 'It was five', '2026-03-02T11:00:00+00:00')",
    "UPDATE correction SET text = 'It was six' WHERE article_id = 5",
    "DELETE FROM correction WHERE article_id = 5",
    "INSERT INTO contributor (id, slug, name) VALUES (2, 'ann', 'Ann')",
    "INSERT INTO article_contributor (article_id, contributor_id, position, role) VALUES (1, 2, 2, 'author'), (5, 2, 1, 'editor')",
    "UPDATE article_contributor SET role = 'photographer' WHERE article_id = 1 AND contributor_id = 2",
    "UPDATE contributor SET name = 'Anne' WHERE id = 2",
    "UPDATE contributor SET uri = 'urn:p:2' WHERE id = 2",
    "UPDATE contributor SET biography = 'Writes.', links = '[\"https://a.example/\"]', image_id = 2 WHERE id = 2",
    "UPDATE image SET alt = 'Portrait' WHERE id = 2",
    "UPDATE article SET status = 'withheld' WHERE id = 5",
    "UPDATE article SET status = 'usable' WHERE id = 5",
    "UPDATE article_contributor SET article_id = 6 WHERE article_id = 5",
    "UPDATE contributor SET slug = 'anne' WHERE id = 2",
    "UPDATE contributor SET slug = 'ann' WHERE id = 2",
    "DELETE FROM contributor WHERE id = 2",
    "INSERT INTO source (id, slug, name) VALUES (2, 'agency', 'Agency')",
    "UPDATE article SET source_id = 2 WHERE id IN (1, 7)",
    "UPDATE source SET name = 'The Agency' WHERE id = 2",
    "UPDATE article SET status = 'withheld' WHERE id IN (1, 7)",
    "UPDATE article SET status = 'usable' WHERE id IN (1, 7)",
    "DELETE FROM source WHERE id = 2",
    "INSERT INTO place (id, slug, name) VALUES (2, 'new-place', 'Springfield')",
    "INSERT INTO article_place (article_id, place_id, position, published_at) SELECT id, 2, 1, published_at FROM article WHERE id = 1",
    "UPDATE article SET place_id = 2 WHERE id = 7",
    "UPDATE place SET name = 'Shelbyville' WHERE id = 2",
    "DELETE FROM place WHERE id = 2",
    "UPDATE place SET name = 'Séoul' WHERE id = 1",
    "UPDATE image SET alt = 'Another alt' WHERE id = 1",
    "UPDATE image_rendition SET href = '/media/other.png' WHERE image_id = 1 AND name = 'large'",
    "DELETE FROM image_rendition WHERE image_id = 2",
    "UPDATE image SET status = 'withheld' WHERE id = 1",
    "UPDATE image SET status = 'canceled' WHERE id IN (1, 2)",
    "UPDATE image SET status = 'usable' WHERE id IN (1, 2)",
    "UPDATE topic SET name = 'Renamed' WHERE id = 1",
    "UPDATE topic SET broader_id = 1 WHERE id = 2",
    "UPDATE topic SET broader_id = NULL WHERE id = 2",
    "INSERT INTO topic (id, slug, name) VALUES (9, 'topic-new', 'New topic')",
    "UPDATE topic SET broader_id = 2 WHERE id = 9",
    "INSERT INTO article_topic (article_id, topic_id, position, published_at) SELECT id, 9, 1, published_at FROM article WHERE id = 6",
    "INSERT INTO topic_alias (qcode, topic_id) VALUES ('test:1', 9)",
    "UPDATE topic SET qcode = 'test:1' WHERE id = 3",
    "DELETE FROM topic WHERE id = 9",
    "UPDATE topic SET qcode = NULL WHERE id = 3",
    "UPDATE article_topic SET position = 10 - position WHERE article_id = 1",
    "UPDATE story SET title = 'Retold', updated_at = '2026-03-02T11:59:59+00:00' WHERE id = 1",
    "UPDATE story SET status = 'closed' WHERE id = 2",
    "UPDATE story SET status = 'open' WHERE id = 2",
    "INSERT INTO story (id, uri, slug, version, title, status, updated_at)
        VALUES (9, 'urn:story:9', 'story-new', 1, 'Story new', 'open', '2026-03-02T12:00:00+00:00')",
    "DELETE FROM story WHERE id = 9",
    "DELETE FROM story_article WHERE story_id = 1 AND article_id = 3",
    "UPDATE gallery SET title = 'Other pictures' WHERE id = 1",
    "DELETE FROM gallery_item WHERE gallery_id = 1 AND position = 3",
    "UPDATE gallery_item SET caption = 'Look' WHERE gallery_id = 1 AND position = 1",
    "UPDATE gallery SET status = 'withheld' WHERE id = 1",
    "UPDATE gallery SET slug = 'gallery-new' WHERE id = 1",
    "UPDATE gallery SET status = 'usable', section_id = 2 WHERE id = 1",
    "UPDATE gallery SET slug = 'gallery-1' WHERE id = 1",
    "DELETE FROM article_gallery WHERE article_id = 1 AND gallery_id = 2",
    "UPDATE section SET name = 'Renamed' WHERE id = 1",
    "UPDATE section SET hidden = true WHERE id = 1",
    "UPDATE section SET hidden = false, position = 9, parent_id = 2 WHERE id = 1",
    "UPDATE related_article SET position = 10 - position WHERE article_id = 1",
    "DELETE FROM related_article WHERE article_id = 1 AND position = 7",
    "INSERT INTO article_relation (article_id, related_id, score, reason) VALUES (1, 6, 0.5, 'text'), (1, 7, 0.6, 'topics')",
    "UPDATE article_relation SET score = 0.9 WHERE related_id = 6",
    "INSERT INTO article_profile (article_id, published_second, copies, profile) VALUES (6, 0, 6, ''), (7, 0, 6, '')",
    "UPDATE article SET status = 'withheld' WHERE id = 6",
    "DELETE FROM article_profile",
    "UPDATE article SET status = 'usable' WHERE id = 6",
    "UPDATE ranking_entry SET reads = 1000 WHERE rank = 1",
    "DELETE FROM ranking_entry WHERE rank = 2",
    "DELETE FROM ranking WHERE section_id IS NOT NULL",
    "DELETE FROM top_story WHERE position = 1",
    "UPDATE top_story SET kicker = 'Live' WHERE position = 2",
    "INSERT INTO external_headline (id, placement, position, headline, url, source_name)
        VALUES (1, 'in_other_media', 1, 'Elsewhere', 'https://example.com/1', 'Other')",
    "UPDATE external_headline SET headline = 'There' WHERE id = 1",
    "DELETE FROM external_headline WHERE id = 1",
    "INSERT INTO story_suggestion (id, confidence, computed_at) VALUES (1, 0.5, '2026-03-02T12:00:00+00:00')",
    "INSERT INTO story_suggestion_article (suggestion_id, article_id, position) VALUES (1, 11, 1), (1, 12, 2), (1, 13, 3)",
    "DELETE FROM story_article WHERE article_id = 11",
    "INSERT INTO story_article (story_id, article_id, pinned_position, published_at) SELECT 2, id, 1, published_at FROM article WHERE id = 11",
    "DELETE FROM story_suggestion",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_edit_is_in_the_next_answer_to_every_question() {
    for kind in Kind::BOTH {
        let (database, cached, plain) = newsroom(kind).await;
        let (mut dropped, mut needed) = (0, 0);
        for edit in EDITS {
            let mut before = Vec::new();
            for (_, question) in QUESTIONS {
                before.push(cached.warm(question).await.bytes);
            }
            database.sql(edit).await;
            cached.caught_up(&database.db).await;
            for ((name, question), before) in QUESTIONS.iter().zip(before) {
                let (now, answer) = (plain.ask(question).await, cached.followed(question).await);
                let (now, given) = (String::from_utf8_lossy(&now.bytes), String::from_utf8_lossy(&answer.bytes));
                assert_eq!(now, given, "{kind:?}: stale: {name} ({}) after {edit}", answer.status());
                dropped += usize::from(!answer.is_hit());
                needed += usize::from(now.as_bytes() != before);
            }
        }
        eprintln!(
            "{kind:?}: {} edits, {} questions: {needed} answers changed, {dropped} dropped",
            EDITS.len(),
            QUESTIONS.len()
        );
        assert!(needed * 2 > EDITS.len(), "the edits change answers");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_edit_is_in_the_next_answer_that_is_made_of_kept_rows() {
    const PAGE: &str = include_str!("../../queries/article/page.graphql");
    for kind in Kind::BOTH {
        let (database, _, plain) = newsroom(kind).await;
        let rows = Server::start(&database.db, Settings { bytes: 0, ..Settings::default() });
        let page = json!({ "query": PAGE, "variables": { "slug": "article-1" }, "extensions": { "cost": true } });
        let statements = async || rows.send(&page, "identity").await.json()["extensions"]["cost"]["statements"].clone();
        while statements().await != 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for edit in EDITS {
            for (_, question) in QUESTIONS {
                rows.ask(question).await;
            }
            database.sql(edit).await;
            crate::support::seen_by_all().await;
            for (name, question) in QUESTIONS {
                let (now, answer) = (plain.ask(question).await, rows.ask(question).await);
                assert_eq!(answer.status(), "", "answers are not kept");
                let (now, given) = (String::from_utf8_lossy(&now.bytes), String::from_utf8_lossy(&answer.bytes));
                assert_eq!(now, given, "{kind:?}: stale: {name} after {edit}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_root_field_is_asked_for() {
    let (_database, _, plain) = newsroom(Kind::Sqlite).await;
    let fields = plain.ask("{ __schema { queryType { fields { name } } } }").await.data();
    let fields = fields["__schema"]["queryType"]["fields"].as_array().unwrap().clone();
    let all: String = QUESTIONS.iter().map(|(_, question)| format!("{question} ")).collect();
    let missing: BTreeSet<&str> = fields
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .filter(|name| !all.contains(&format!(" {name}(")) && !all.contains(&format!(" {name} {{")))
        .collect();
    // The public gets no answer.
    let missing: Vec<&&str> = missing.iter().filter(|name| **name != "feeds").collect();
    assert!(missing.is_empty(), "questions for {missing:?} are missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_leaves_alone_what_it_does_not_reach() {
    for kind in Kind::BOTH {
        for (edit, kept) in [
            (
                NEW_ARTICLE,
                ["sections", "of section 1", "of topic 1", "of a story", "article 5", "top stories", "galleries"]
                    .as_slice(),
            ),
            (
                "UPDATE article SET headline = 'Other' WHERE id = 5",
                &["article 1", "of topic 1", "sections", "rankings", "rank"],
            ),
            (
                "UPDATE topic SET name = 'Other' WHERE id = 3",
                &["article 5", "of section 1", "of topic 1", "of a story"],
            ),
            ("UPDATE image SET alt = 'Other' WHERE id = 3", &["article 5", "feed"]),
            ("UPDATE gallery SET title = 'Other' WHERE id = 3", &["article 5", "feed", "gallery 1", "of section 1"]),
            ("UPDATE story SET title = 'Other' WHERE id = 3", &["article 5", "feed", "of a story", "galleries"]),
        ] {
            let (database, cached, _) = newsroom(kind).await;
            let questions = QUESTIONS.iter().filter(|(name, _)| kept.contains(name)).collect::<Vec<_>>();
            assert_eq!(questions.len(), kept.len());
            for (_, question) in &questions {
                cached.warm(question).await;
            }
            database.sql(edit).await;
            cached.caught_up(&database.db).await;
            for (name, question) in questions {
                let answer = cached.followed(question).await;
                assert!(answer.is_hit(), "{kind:?}: {name} was dropped by {edit}: {}", answer.status());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_emptied_or_changed_as_a_whole_drops_everything() {
    let (database, cached, plain) = newsroom(Kind::Postgres).await;
    for edit in [
        "TRUNCATE top_story",
        "TRUNCATE article_topic",
        "UPDATE article SET headline = headline || '!'",
        "INSERT INTO article (id, uri, slug, version, status, genre, language, headline, published_at, updated_at, section_id, word_count, body)
            SELECT 1000 + n, 'urn:many:' || n, 'many-' || n, 1, 'usable', 'current', 'en', 'Many', '2026-03-02T11:00:00Z', '2026-03-02T11:00:00Z', 1,
            0, '[]' FROM generate_series(1, 3000) AS n",
        "TRUNCATE article CASCADE",
    ] {
        for (_, question) in QUESTIONS {
            cached.warm(question).await;
        }
        database.sql(edit).await;
        cached.caught_up(&database.db).await;
        for (name, question) in QUESTIONS {
            let (now, answer) = (plain.ask(question).await, cached.followed(question).await);
            assert_eq!(now.bytes, answer.bytes, "stale: {name} after {edit}");
        }
    }
}
