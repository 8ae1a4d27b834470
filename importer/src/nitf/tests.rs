use chrono::{DateTime, Utc};
use entity::article::{Genre, PubStatus};

use super::*;
use crate::draft::Draft;

fn read_one(text: &str) -> (Article, Reading) {
    let mut reading = read(text.as_bytes(), &Defaults::default()).unwrap();
    match reading.drafts.pop() {
        Some(Draft::Article(article)) => (*article, reading),
        other => panic!("{other:?} {reading:?}"),
    }
}

fn article(head: &str, body_head: &str, content: &str) -> Article {
    read_one(&format!(
        "<nitf><head><docdata><doc-id id-string='1' regsrc='AG'/></docdata>{head}</head><body><body.head><hedline>\
         <hl1>H</hl1></hedline>{body_head}</body.head><body.content>{content}</body.content></body></nitf>"
    ))
    .0
}

fn docdata(inside: &str) -> Article {
    read_one(&format!(
        "<nitf><head><title>T</title><docdata><doc-id id-string='urn:1'/>{inside}</docdata></head></nitf>"
    ))
    .0
}

fn at(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

#[test]
fn identity_is_the_document_id_in_its_source() {
    assert_eq!(article("", "", "").uri, "AG:1");
    assert_eq!(docdata("").uri, "urn:1");
    let reading = read(b"<nitf><head><title>T</title></head></nitf>", &Defaults::default()).unwrap();
    assert_eq!((reading.drafts.len(), reading.skipped.len()), (0, 1));
    let base = Some("https://news.example/1".parse().unwrap());
    let defaults = Defaults { base, ..Defaults::default() };
    assert_eq!(read(b"<nitf><head><title>T</title></head></nitf>", &defaults).unwrap().drafts.len(), 1);
}

#[test]
fn a_story_without_id_is_known_by_source_time_and_headline() {
    let story = |headline: &str| {
        read_one(&format!(
            "<nitf><head><docdata><doc-id regsrc='AG'/><date.issue norm='20240208T120000Z'/></docdata></head><body>\
            <body.head>\
             <hedline><hl1>{headline}</hl1></hedline></body.head></body></nitf>"
        ))
    };
    assert_eq!(story("H").0.uri, story("H").0.uri);
    assert_ne!(story("H").0.uri, story("I").0.uri);
    assert_eq!(story("H").1.warnings.len(), 1);
}

#[test]
fn another_document_is_refused() {
    let problem = read(b"<html/>", &Defaults::default()).unwrap_err();
    assert!(problem.to_string().contains("`nitf`"));
    assert!(recognises(b"<?xml version='1.0'?><!DOCTYPE nitf SYSTEM 'nitf.dtd'><nitf>"));
    assert!(!recognises(b"<rss/>"));
}

#[test]
fn document_data_are_read() {
    let article = docdata(
        "<urgency ed-urg='2'/><date.issue norm='20240208T120000+0300'/><date.release norm='2024-02-08T10:00:00Z'/>\
         <date.expire norm='2025-01-01T00:00:00Z'/><du-key key='moon-landing' version='3'/>\
         <doc.copyright year='2024' holder='Agency'/><doc.rights limitations='No archive'/>\
         <ed-msg info='Call +1 555'/><correction info='The year was wrong.'/>\
         <evloc city='Riga' iso-cc='lv'/><key-list><keyword key='moon-landing'/><keyword key='space'/></key-list>\
         <identified-content><person>Ada L.</person><location><city>Oslo</city><country iso-cc='NO'>Norway</country>\
         </location><classifier value='20000735' idsrc='medtop'>space</classifier></identified-content>",
    );
    assert_eq!(article.urgency, Some(2));
    assert_eq!(article.published_at, at("2024-02-08T09:00:00Z"));
    assert_eq!(article.embargoed_until, at("2024-02-08T10:00:00Z"));
    assert_eq!(article.expires_at, at("2025-01-01T00:00:00Z"));
    assert_eq!((article.slugline.as_deref(), article.version), (Some("moon-landing"), Some(3)));
    assert_eq!(article.copyright_notice.as_deref(), Some("© 2024 Agency"));
    assert_eq!(article.usage_terms.as_deref(), Some("No archive"));
    assert_eq!(article.corrections[0].text, "The year was wrong.");
    let places: Vec<_> = article.places.iter().map(|place| (&*place.name, place.country_code.as_deref())).collect();
    assert_eq!(places, [("Riga", Some("LV")), ("Oslo", Some("NO"))]);
    let topics: Vec<_> = article.topics.iter().map(|topic| (&*topic.name, topic.qcode.as_deref())).collect();
    assert_eq!(topics, [("Ada L.", None), ("space", Some("medtop:20000735"))]);
    assert!(!serde_json::to_string(&article).unwrap().contains("555"));
}

#[test]
fn the_status_says_whether_it_may_be_shown() {
    for (status, expected) in
        [("canceled", PubStatus::Canceled), ("withheld", PubStatus::Withheld), ("?", PubStatus::Withheld)]
    {
        let text = format!(
            "<nitf><head><title>T</title><docdata management-status='{status}'><doc-id id-string='1'/></docdata>\
            </head></nitf>"
        );
        assert_eq!(read_one(&text).0.status, expected);
    }
}

#[test]
fn lines_around_the_headline_are_read() {
    let article = article(
        "<tobject tobject.type='Foreign'><tobject.property tobject.property.type='Analysis'/>\
         <tobject.subject tobject.subject.refnum='07000000' tobject.subject.type='Health'/></tobject>",
        "<byline>By <person>Ada Writer</person><byttl>Staff</byttl></byline><distributor>Agency</distributor>\
         <dateline><location><city>Paris</city></location>, Feb 8</dateline><abstract><p>In short.</p></abstract>",
        "<p>Text.</p>",
    );
    assert_eq!(article.byline.as_deref(), Some("By Ada Writer Staff"));
    assert_eq!(article.contributors[0].name, "Ada Writer");
    assert_eq!(article.dateline.as_deref(), Some("Paris, Feb 8"));
    assert_eq!(article.located.unwrap().name, "Paris");
    assert_eq!(article.standfirst.as_deref(), Some("In short."));
    assert_eq!(article.source.unwrap().name, "Agency");
    assert_eq!(article.section.unwrap().name, "Foreign");
    assert_eq!(article.genre, Some(Genre::Analysis));
    assert_eq!(article.topics[0].qcode.as_deref(), Some("subj:07000000"));
    assert_eq!(article.body.len(), 1);
}

#[test]
fn codes_for_programs_are_no_text_for_readers() {
    let article = article(
        "<tobject><tobject.subject tobject.subject.ipr='EFE' tobject.subject.refnum='F1' tobject.subject.type='P'/>\
        </tobject>",
        "<rights><rights.owner>Agency</rights.owner><rights.limitations>No archive</rights.limitations></rights>\
         <dateline><location>OSLO</location>, <story.date norm='20240208'>20240208</story.date></dateline>",
        "",
    );
    assert_eq!(article.topics[0].qcode.as_deref(), Some("EFE:F1"));
    assert_eq!(article.dateline.as_deref(), Some("OSLO"));
    assert_eq!(article.copyright_notice.as_deref(), Some("© Agency"));
    assert_eq!(article.usage_terms.as_deref(), Some("No archive"));
}

#[test]
fn the_text_keeps_its_structure() {
    let article = article(
        "",
        "",
        "<p>One <em>two</em> <a href='https://a.example/'>three</a> <person>Ada</person> <num>5</num>.</p><hl2>Sub\
        </hl2>\
         <block><p>In block.</p></block><bq><block><p>Said.</p></block><credit>Who</credit></bq>\
         <ul><li>a</li><li>b</li></ul><table><tr><td>1</td><td>2</td></tr></table>\
         <note noteclass='editorsnote'><body.content><p>Call +1 555</p></body.content></note><p>x<script>y()</script>\
         </p>",
    );
    let text: Vec<String> = article.body.iter().map(Block::text).collect();
    assert_eq!(text[..6], ["One two three Ada 5.", "Sub", "In block.", "Said.", "a\nb", "1 | 2"]);
    assert!(matches!(&article.body[1], Block::Heading { level: 2, .. }));
    assert!(matches!(&article.body[3], Block::Quote { cite: Some(who), .. } if who == "Who"));
    assert!(!serde_json::to_string(&article).unwrap().contains("555"));
}

#[test]
fn media_stand_in_their_places_with_caption_credit_and_files() {
    let article = article(
        "",
        "",
        "<p>a</p><media media-type='image'><media-reference mime-type='image/jpeg' source='https://m.example/1.jpg' \
        width='640' \
         height='480' alternate-text='Alt' name='web'/><media-caption><p>Cap</p></media-caption><media-producer>Ada/AG\
         </media-producer></media><p>b</p><media media-type='video'><media-reference mime-type='video/mp4' \
         source='https://m.example/1.mp4'/><media-caption>Clip</media-caption></media><p>c</p>",
    );
    let Block::Image { image } = &article.body[1] else { panic!("{:?}", article.body) };
    assert_eq!((image.alt.as_deref(), image.caption.as_deref()), (Some("Alt"), Some("Cap")));
    assert_eq!((image.credit.as_deref(), image.width), (Some("Ada/AG"), Some(640)));
    assert_eq!((image.renditions[0].name.as_str(), image.uri.as_str()), ("web", "https://m.example/1.jpg"));
    let Block::Video(video) = &article.body[3] else { panic!("{:?}", article.body) };
    assert_eq!((video.url.as_str(), video.media_type.as_deref()), ("https://m.example/1.mp4", Some("video/mp4")));
    assert_eq!(video.caption.as_deref(), Some("Clip"));
}

#[test]
fn tables_sounds_and_videos_are_what_they_are() {
    let article = article(
        "",
        "",
        "<nitf-table><nitf-table-metadata>x</nitf-table-metadata><table><caption>Trams</caption><thead><tr><th>Line</th>\
         <th>Riders</th></tr></thead><tr><td>1</td><td>2,000</td></tr><tr><td colspan='2'>closed</td></tr></table></nitf-table>\
         <media media-type='audio'><media-reference mime-type='audio/mpeg' source='https://m.example/1.mp3' time='2' \
         time-unit-of-measure='minutes'/></media><media media-type='video'><media-reference mime-type='image/jpeg' \
         source='https://m.example/1.jpg'/><media-reference mime-type='video/mp4' source='https://m.example/1.mp4' width='640' \
         height='360'/></media>",
    );
    let [Block::Table { caption, header, rows }, Block::Audio(audio), Block::Video(video)] = &article.body[..] else {
        panic!("{:?}", article.body)
    };
    assert_eq!((caption.as_deref(), header.len(), rows.len()), (Some("Trams"), 1, 2));
    assert_eq!((rows[0][1].html.text(), rows[1][0].column_span), ("2,000", 2));
    assert_eq!((audio.url.as_str(), audio.duration_seconds), ("https://m.example/1.mp3", Some(120.0)));
    assert_eq!((video.width, video.height), (Some(640), Some(360)));
    assert_eq!(video.poster.as_ref().unwrap().uri, "https://m.example/1.jpg");
}

#[test]
fn a_tagline_of_addresses_is_left_out_and_another_ends_the_text() {
    let end = |tagline: &str| {
        let text = format!(
            "<nitf><head><docdata><doc-id id-string='1'/></docdata></head><body><body.head><hedline><hl1>H</hl1>\
            </hedline>\
             </body.head><body.content><p>a</p></body.content><body.end><tagline>{tagline}</tagline></body.end>\
             </body></nitf>"
        );
        let (article, reading) = read_one(&text);
        (article.body.len(), reading.warnings.len())
    };
    assert_eq!(end("<a href='mailto:a@b.example'>a@b.example</a>/c@b.example"), (1, 1));
    assert_eq!(end("Ada Writer in Paris contributed."), (2, 0));
}

#[test]
fn a_change_before_the_publication_is_warned_about() {
    let (_, reading) = read_one(
        "<nitf><head><title>T</title><docdata><doc-id id-string='1'/><date.issue norm='2024-02-08T12:00:00Z'/>\
        </docdata>\
         <revision-history norm='2024-02-08T11:00:00Z'/></head></nitf>",
    );
    assert_eq!(reading.warnings.len(), 1);
}
