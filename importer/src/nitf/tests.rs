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

/// Items with what is said of them.
type Said = Vec<(String, PubStatus)>;

fn restrictions(text: &str) -> (Said, Said, Reading) {
    let reading = read(text.as_bytes(), &Defaults::default()).unwrap();
    let (mut said, mut stories) = (Vec::new(), Vec::new());
    for draft in &reading.drafts {
        match draft {
            Draft::Restriction(restriction) => said.push((restriction.uri.clone(), restriction.status)),
            Draft::Article(article) => stories.push((article.uri.clone(), article.status)),
            other => panic!("{other:?}"),
        }
    }
    (said, stories, reading)
}

#[test]
fn a_notice_takes_another_document_back_and_is_for_editors() {
    let notice = |attributes: &str, status: &str| {
        restrictions(&format!(
            "<nitf><head><docdata {attributes} management-idref-status='{status}'><doc-id regsrc='Acme' id-string='B2'/>\
             </docdata></head><body><body.head><hedline><hl1>KILL</hl1></hedline></body.head></body></nitf>"
        ))
    };
    let own = |status| vec![("Acme:B2".to_owned(), status)];
    for (name, uri) in [("B1", "Acme:B1"), ("Acme:B1", "Acme:B1"), ("urn:x:1", "urn:x:1")] {
        for (status, expected) in
            [("canceled", PubStatus::Canceled), ("withheld", PubStatus::Withheld), ("embargoed", PubStatus::Withheld)]
        {
            let (said, stories, reading) =
                notice(&format!("management-status='usable' management-doc-idref='{name}'"), status);
            assert_eq!(said[0], (uri.to_owned(), expected), "{name} {status}");
            assert_eq!((stories, reading.warnings.len()), (own(PubStatus::Withheld), 1), "{name} {status}");
        }
    }
    // With the version behind it.
    let (said, ..) = notice("management-doc-idref='B1:3'", "canceled");
    assert!(said.contains(&("Acme:B1".to_owned(), PubStatus::Canceled)), "{said:?}");
    // A status that is not known holds back what it is about.
    let (said, _, reading) = notice("management-doc-idref='B1'", "frozen");
    assert_eq!(said[0].1, PubStatus::Withheld);
    assert!(reading.warnings[0].to_string().contains("`frozen`"), "{reading:?}");
    // One that may be used is no restriction, and neither is that of the document itself.
    assert_eq!(notice("management-doc-idref='B1'", "usable").1, own(PubStatus::Usable));
    assert!(notice("management-status='canceled' management-doc-idref='B2'", "canceled").0.is_empty());
}

#[test]
fn a_cancellation_of_another_document_needs_no_status_for_it() {
    let (said, stories, _) = restrictions(
        "<nitf><head><docdata management-status='canceled' management-doc-idref='B1'><doc-id regsrc='Acme' id-string='B2'/>\
         </docdata></head><body/></nitf>",
    );
    let canceled = |uri: &str| (uri.to_owned(), PubStatus::Canceled);
    assert_eq!((said, stories), (vec![canceled("Acme:B1")], vec![]));
    // Nothing else need be said, not even who says it.
    let (said, ..) = restrictions(
        "<nitf><head><docdata management-doc-idref='B1' management-idref-status='canceled'/></head><body/></nitf>",
    );
    assert_eq!(said, [canceled("B1")]);
    let (said, ..) = restrictions(
        "<nitf><head><docdata management-status='canceled'><doc-id id-string='B1'/></docdata></head><body/></nitf>",
    );
    assert_eq!(said, [canceled("B1")]);
}

#[test]
fn limits_that_cannot_be_read_hold_back() {
    for limit in ["<date.release norm='soon'/>", "<date.expire norm='2026-13-45'/>"] {
        let text =
            format!("<nitf><head><title>T</title><docdata><doc-id id-string='1'/>{limit}</docdata></head></nitf>");
        let (article, reading) = read_one(&text);
        assert_eq!((article.status, reading.warnings.len()), (PubStatus::Withheld, 1), "{limit}");
    }
}

#[test]
fn fractions_and_powers_are_the_numbers_that_they_are() {
    let frac = |whole: &str, numer: &str, denom: &str| {
        format!("{whole}<frac><frac-num>{numer}</frac-num><frac-sep>/</frac-sep><frac-den>{denom}</frac-den></frac>")
    };
    for (written, text, html) in [
        (format!("Rates rose to {} percent", frac("1", "1", "4")), "Rates rose to 1 1/4 percent", None),
        (format!("<num>{}</num>", frac("1", "3", "8")), "1 3/8", None),
        (format!("<money>{}</money>", frac("$ <em>2</em>", "1", "2")), "$ 2 1/2", None),
        (frac("about ", "1", "2"), "about 1/2", None),
        ("1<frac><numer>1</numer><denom>4</denom></frac>".to_owned(), "1 1/4", None),
        ("H<sub>2</sub>O".to_owned(), "H2O", Some("H<sub>2</sub>O")),
        ("<num>10<sup>6</sup></num> people".to_owned(), "10\u{2076} people", Some("10<sup>6</sup> people")),
    ] {
        let article = article("", "", &format!("<p>{written}</p>"));
        let [Block::Paragraph { html: line }] = &article.body[..] else { panic!("{article:?}") };
        assert_eq!(line.text(), text);
        assert!(html.is_none_or(|html| line.html() == html), "{}", line.html());
    }
}

#[test]
fn pieces_of_text_are_not_run_together() {
    let text = |content: &str| article("", "", content).body.iter().map(Block::text).collect::<Vec<_>>();
    assert_eq!(text("<bq><block><p>We are glad.</p><p>Very glad.</p></block></bq>"), ["We are glad. Very glad."]);
    assert_eq!(text("<ul><li><p>aa</p><p>bb</p></li></ul>"), ["aa bb"]);
    assert_eq!(
        text("<ul><li>first</li><li>second<ul><li>nested a</li><li>nested b</li></ul></li></ul>"),
        ["first\nsecond\nnested a\nnested b"]
    );
    assert_eq!(text("<pre>one  two\nthree\n</pre>"), ["one two\nthree"]);
    assert_eq!(text("<p><location><city>Oslo</city><country>Norway</country></location>'s</p>"), ["Oslo Norway's"]);
    assert_eq!(text("<p>a<copyrite>\u{a9} Acme</copyrite>, b</p>"), ["a\u{a9} Acme, b"]);
    assert_eq!(text("<p>a<fn><body.content><p>note</p></body.content></fn>, b</p><p>c</p>"), ["a, b", "note", "c"]);
    assert_eq!(
        text("<ul><li>a<fn><body.content><p>note</p></body.content></fn></li><li>b</li></ul>"),
        ["a\nb", "note"]
    );
    let byline = "<byline>By <person>Kari Holm</person><byttl>Shipping correspondent</byttl>Troms\u{f8}</byline>";
    assert_eq!(article("", byline, "").byline.as_deref(), Some("By Kari Holm Shipping correspondent Troms\u{f8}"));
    let byline = "<byline><person><name.given>Kari</name.given><name.family>Holm</name.family><function>editor</function></person></byline>";
    assert_eq!(article("", byline, "").contributors[0].name, "Kari Holm");
}

#[test]
fn files_that_are_no_pictures_are_embedded_and_need_an_address() {
    let medium = |kind: &str, reference: &str| {
        format!("<media media-type='{kind}'><media-reference {reference}/><media-caption>Cap</media-caption></media>")
    };
    let content = [
        medium("data", "source='https://m.example/report.pdf' mime-type='application/pdf' name='Report'"),
        medium("image", "source='photo.jpg' mime-type='image/jpeg'"),
        medium("video", "source='clip.mp4' mime-type='video/mp4'"),
        medium("data", "source='report.pdf'"),
        medium(
            "other",
            "source='https://m.example/1.jpg' mime-type='image/jpeg' copyright='Foto AS' source-credit='AG'",
        ),
    ];
    let (article, reading) = read_one(&format!(
        "<nitf><head><title>T</title><docdata><doc-id id-string='A5' regsrc='Acme'/></docdata></head><body><body.content><p>a</p>{}\
         <p>b</p></body.content></body></nitf>",
        content.concat()
    ));
    let [_, Block::Embed { url, title, .. }, Block::Image { image }, _] = &article.body[..] else {
        panic!("{:?}", article.body)
    };
    assert_eq!((url.as_str(), title.as_deref()), ("https://m.example/report.pdf", Some("Report")));
    assert_eq!((image.copyright_notice.as_deref(), image.credit.as_deref()), (Some("\u{a9} Foto AS"), Some("AG")));
    assert_eq!(reading.warnings.len(), 3, "{reading:?}");
    assert!(!serde_json::to_string(&article).unwrap().contains("Acme:A5#"));
}

#[test]
fn what_stands_under_the_headline_is_kept_whole() {
    let below = |head: &str, content: &str| {
        let (article, _) = read_one(&format!(
            "<nitf><head><docdata><doc-id id-string='1'/></docdata></head><body><body.head><hedline><hl1>H</hl1>{head}</body.head>\
             <body.content><p>{content}</p></body.content></body></nitf>"
        ));
        (article.standfirst.unwrap(), article.body.len())
    };
    let summary = "<abstract><p>In short.</p></abstract>";
    assert_eq!(
        below(&format!("<hl2>One</hl2><hl2>Two?</hl2></hedline>{summary}"), "a"),
        ("One. Two? In short.".to_owned(), 1)
    );
    assert_eq!(below(&format!("<hl2>One</hl2></hedline>{summary}"), "In short. And long."), ("One".to_owned(), 1));
    assert_eq!(below(&format!("</hedline>{summary}"), "In short. And long."), ("In short.".to_owned(), 1));
    assert_eq!(below("</hedline><hedline><hl1>Also</hl1></hedline>", "a"), ("Also".to_owned(), 1));
}

#[test]
fn rights_are_kept_with_all_that_they_say() {
    let terms = |rights: &str, data: &str| {
        let (article, _) = read_one(&format!(
            "<nitf><head><docdata><doc-id id-string='1'/>{data}</docdata></head><body><body.head><hedline><hl1>H</hl1></hedline>\
             <rights>{rights}</rights></body.head></body></nitf>"
        ));
        (article.usage_terms.unwrap(), article.copyright_notice)
    };
    let parts = "<rights.owner>Acme</rights.owner><rights.geography>Norway</rights.geography><rights.type>print</rights.type>\
                 <rights.enddate norm='20270101'/>";
    assert_eq!(terms(parts, ""), ("Norway; print; until 20270101".to_owned(), Some("\u{a9} Acme".to_owned())));
    let mixed = "No web use in <rights.geography>Norway</rights.geography>.";
    let data = "<doc.rights limitations='No archive' enddate='20270101'/>";
    assert_eq!(terms(mixed, data).0, "No web use in Norway.; No archive; until 20270101");
}

#[test]
fn places_and_keywords_are_written_for_readers() {
    let dateline = "<dateline><location><city>TROMS\u{d8}</city></location></dateline>";
    let place = |docdata: &str| {
        let (article, _) = read_one(&format!(
            "<nitf><head><docdata><doc-id id-string='1'/>{docdata}</docdata></head><body><body.head><hedline><hl1>H</hl1></hedline>\
             {dateline}</body.head></body></nitf>"
        ));
        let located = article.located.unwrap();
        (located.name, located.country_code)
    };
    assert_eq!(place(""), ("Troms\u{f8}".to_owned(), None));
    assert_eq!(place("<evloc city='Troms\u{f8}' iso-cc='NO'/>"), ("Troms\u{f8}".to_owned(), Some("NO".to_owned())));
    let article =
        docdata("<key-list><keyword key='ferry, winter; quay'/><keyword key='\u{62c}\u{60c} \u{62d}'/></key-list>");
    let names: Vec<_> = article.topics.iter().map(|topic| &*topic.name).collect();
    assert_eq!(names, ["ferry", "winter", "quay", "\u{62c}", "\u{62d}"]);
}

#[test]
fn codes_of_subjects_have_the_names_of_the_iptc() {
    let reading = |refnum: &str| {
        read_one(&format!(
            "<nitf><head><title>T</title><tobject><tobject.subject tobject.subject.refnum='{refnum}'/></tobject><docdata>\
             <doc-id id-string='1'/></docdata></head></nitf>"
        ))
    };
    let topic = &reading("04015001").0.topics[0];
    assert_eq!((&*topic.name, topic.qcode.as_deref()), ("Air transport", Some("subj:04015001")));
    let (article, unknown) = reading("99999999");
    assert_eq!((article.topics.len(), unknown.warnings.len()), (0, 1));
}

#[test]
fn notes_are_for_readers_when_they_say_so() {
    let note = |attributes: &str| {
        let article =
            article("", &format!("<note {attributes}><body.content><p>Note</p></body.content></note>"), "<p>a</p>");
        article.body.len() == 2
    };
    assert!(note("noteclass='cpyrt'") && note("noteclass='trademk'") && note("type='pa'"));
    assert!(!note("") && !note("noteclass='editorsnote'") && !note("noteclass='hd' type='npa'") && !note("type='npa'"));
}

#[test]
fn a_note_to_editors_that_may_restrict_is_told() {
    let warnings = |note: &str, status: &str| {
        let source = format!(
            "<nitf><head><docdata management-status='{status}'><doc-id id-string='1'/>{note}</docdata></head>\
             <body><body.head><hedline><hl1>H</hl1></hedline></body.head></body></nitf>"
        );
        let reading = read(source.as_bytes(), &Defaults::default()).unwrap();
        reading.warnings.iter().map(|warning| warning.message.clone()).collect::<Vec<_>>()
    };
    let said = "the note to editors says `kill`, and nothing else holds the item back: it is shown";
    for note in ["<ed-msg msg-type='KILL'/>", "<ed-msg info='Kill this story, names are wrong'/>"] {
        assert_eq!(warnings(note, "usable"), [said], "{note}");
        assert_eq!(warnings(note, "withheld"), [""; 0], "{note}");
    }
    for harmless in ["ADDS details on three killed", "MANDATORY CREDIT: Acme"] {
        assert_eq!(warnings(&format!("<ed-msg info='{harmless}'/>"), "usable"), [""; 0], "{harmless}");
    }
}
