//! Addresses that are not of the web, in rows of an earlier version or changed by hand: they are not answered.

use api::import::{Options, Report, import_body};
use serde_json::json;

use crate::support::{Kind, TestDb};

const QUERY: &str = "{
    article(by: { slug: \"one\" }) {
        url
        source { url }
        leadImage { url placeholder srcSet(widths: [100, 200]) }
        body { blocks { __typename ... on EmbedBlock { url } ... on RelatedLink { url } ... on ImageBlock { image { url } } } }
    }
    galleries(first: 1) { nodes { leadImage { url } items(first: 5) { nodes { image { url } video { url } } } } }
    externalHeadlines(placement: IN_OTHER_MEDIA) { url }
}";

const GOOD: &str = "https://good.example/a";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_runs_is_answered_whatever_is_stored() {
    let image = json!({
        "uri": "urn:i", "placeholder": "#abc",
        "renditions": [{ "name": "a", "href": GOOD, "width": 100 }, { "name": "b", "href": "https://good.example/b,", "width": 200 }],
    });
    let lines = [
        json!({
            "type": "article", "uri": "urn:a", "slug": "one", "headline": "One", "publishedAt": "2026-01-01T00:00:00Z", "url": GOOD,
            "source": { "name": "Source", "url": GOOD }, "leadImage": image,
            "body": [
                { "type": "embed", "url": GOOD }, { "type": "related", "url": GOOD, "title": "More" },
                { "type": "image", "image": image },
            ],
        }),
        json!({
            "type": "gallery", "uri": "urn:g", "title": "Gallery", "kind": "video", "publishedAt": "2026-01-01T00:00:00Z",
            "leadImage": image, "items": [{ "image": image, "video": { "href": GOOD } }],
        }),
    ];
    let newsroom = json!({
        "format": "newsgraph-newsroom", "externalHeadlines": [
            { "placement": "IN_OTHER_MEDIA", "headline": "Good", "url": GOOD, "sourceName": "Other" },
            { "placement": "IN_OTHER_MEDIA", "headline": "Bad", "url": "javascript:alert(1)", "sourceName": "Other" },
        ],
        "sources": [{ "slug": "bad", "name": "Bad", "url": "data:text/html,x" }],
    });
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        for document in [lines.iter().map(|line| format!("{line}\n")).collect::<String>(), newsroom.to_string()] {
            let mut report = Report::kept(100);
            let summary = import_body(&database.db, document.into(), &Options::default(), &mut report).await.unwrap();
            let (said, _) = report.into_lines();
            assert_eq!((summary.failed, summary.warnings), (0, if said.is_empty() { 0 } else { 2 }), "{said:?}");
        }
        let good = database.answer(QUERY, json!({})).await;
        assert!(good.get("errors").is_none(), "{good}");
        let data = &good["data"];
        assert_eq!(data["article"]["url"], GOOD);
        assert_eq!(data["article"]["leadImage"]["placeholder"], "#abc");
        assert_eq!(
            data["article"]["leadImage"]["srcSet"],
            "https://good.example/a 100w, https://good.example/b%2C 200w"
        );
        assert_eq!(data["externalHeadlines"].as_array().unwrap().len(), 1);
        assert!(!good.to_string().contains("about:blank"), "{good}");

        let body = match kind {
            Kind::Postgres => {
                "CAST(replace(CAST(body AS text), 'https://good.example/a', 'javascript:alert(1)') AS jsonb)"
            }
            Kind::Sqlite => "replace(CAST(body AS text), 'https://good.example/a', 'javascript:alert(1)')",
        };
        for sql in [
            &format!("UPDATE article SET url = ' JavaScript:alert(1)', body = {body}"),
            "UPDATE source SET url = 'data:text/html,<script>alert(1)</script>'",
            "UPDATE image SET placeholder = 'red;background:url(javascript:alert(1))'",
            "UPDATE image_rendition SET href = 'javascript:alert(1) 1x, https://evil.example/b'",
            "UPDATE gallery_item SET media_url = 'vbscript:x'",
            "UPDATE external_headline SET url = 'javascript:alert(1)'",
        ] {
            database.sql(sql).await;
        }
        let bad = database.answer(QUERY, json!({})).await;
        assert!(bad.get("errors").is_none(), "{bad}");
        let text = bad.to_string().to_ascii_lowercase();
        for scheme in ["javascript:", "data:text", "vbscript:", "https://evil"] {
            assert!(!text.contains(scheme), "{kind:?}: {bad}");
        }
        assert_eq!(bad["data"]["article"]["leadImage"]["placeholder"], json!(null));

        // Without any file its identifier would be its address.
        database.sql("DELETE FROM image_rendition").await;
        let none = database.answer(QUERY, json!({})).await;
        assert!(none.get("errors").is_none(), "{none}");
        assert_eq!(none["data"]["article"]["leadImage"]["url"], "about:blank", "{none}");
    }
}
