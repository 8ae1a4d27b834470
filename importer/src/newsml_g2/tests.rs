use chrono::{DateTime, Utc};
use entity::{
    article::{Genre, PubStatus},
    gallery::GalleryKind,
};

use super::*;
use crate::draft::{Article, Block, Draft};

fn parsed(text: &str) -> Reading {
    read(text.as_bytes(), &Defaults::default()).unwrap()
}

fn item(class: &str, item_meta: &str, content_meta: &str, rest: &str) -> String {
    format!(
        "<newsItem xmlns='http://iptc.org/std/nar/2006-10-01/' guid='urn:a' version='3' xml:lang='en'><itemMeta>\
         <itemClass qcode='ninat:{class}'/><provider qcode='nprov:AG'/><versionCreated>2024-02-08T10:00:00Z\
         </versionCreated>\
         {item_meta}</itemMeta><contentMeta><headline>H</headline>{content_meta}</contentMeta>{rest}</newsItem>"
    )
}

fn article(item_meta: &str, content_meta: &str, rest: &str) -> Article {
    article_of(&parsed(&item("text", item_meta, content_meta, rest)))
}

fn article_of(reading: &Reading) -> Article {
    let article = reading.drafts.iter().find_map(|draft| match draft {
        Draft::Article(article) => Some((**article).clone()),
        _ => None,
    });
    article.unwrap_or_else(|| panic!("{reading:?}"))
}

fn at(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

fn message(items: &str) -> Reading {
    parsed(&format!(
        "<newsMessage xmlns='http://iptc.org/std/nar/2006-10-01/'><header/><itemSet>{items}</itemSet></newsMessage>"
    ))
}

fn small(guid: &str, class: &str, rest: &str) -> String {
    format!(
        "<newsItem guid='{guid}'><itemMeta><itemClass qcode='ninat:{class}'/></itemMeta><contentMeta><headline>H \
        {guid}</headline>\
         </contentMeta>{rest}</newsItem>"
    )
}

#[test]
fn identity_version_and_times_are_read() {
    let article = article(
        "<firstCreated>2024-02-08T09:00:00+01:00</firstCreated><embargoed>2024-02-09T00:00:00Z</embargoed>\
         <expires pubconstraint='u:web'>2025-01-01T00:00:00Z</expires><expires>2026-01-01T00:00:00Z</expires>",
        "<urgency>2</urgency>",
        "",
    );
    assert_eq!((article.uri.as_str(), article.version, article.urgency), ("urn:a", Some(3), Some(2)));
    assert_eq!(article.published_at, at("2024-02-08T08:00:00Z"));
    assert_eq!(article.updated_at, at("2024-02-08T10:00:00Z"));
    assert_eq!(article.embargoed_until, at("2024-02-09T00:00:00Z"));
    assert_eq!(article.expires_at, at("2025-01-01T00:00:00Z"));
}

#[test]
fn status_and_signals_say_whether_it_may_be_shown() {
    for (meta, expected) in [
        ("", PubStatus::Usable),
        ("<pubStatus qcode='stat:usable'/>", PubStatus::Usable),
        ("<pubStatus qcode='stat:withheld'/>", PubStatus::Withheld),
        ("<pubStatus uri='http://cv.iptc.org/newscodes/pubstatusg2/canceled'/>", PubStatus::Canceled),
        ("<pubStatus qcode='stat:usable'/><signal qcode='x:kill'/>", PubStatus::Canceled),
        ("<pubStatus qcode='stat:usable'/><signal qcode='x:withhold'/>", PubStatus::Withheld),
        ("<pubStatus qcode='stat:other'/>", PubStatus::Withheld),
        ("<embargoed/>", PubStatus::Withheld),
    ] {
        assert_eq!(article(meta, "", "").status, expected, "{meta}");
    }
}

/// What is said of an item without its content.
fn said(reading: &Reading) -> (String, Option<i64>, PubStatus) {
    match &reading.drafts[..] {
        [Draft::Restriction(said)] => (said.uri.clone(), said.version, said.status),
        other => panic!("{other:?} {reading:?}"),
    }
}

#[test]
fn what_takes_an_item_back_needs_nothing_else() {
    for class in ["text", "picture", "video", "audio", "composite"] {
        for (meta, status) in [
            ("<pubStatus qcode='stat:canceled'/>", PubStatus::Canceled),
            ("<pubStatus qcode='stat:withheld'/>", PubStatus::Withheld),
            ("<signal qcode='sig:retraction'/>", PubStatus::Canceled),
        ] {
            let text = item(class, meta, "", "").replace("<headline>H</headline>", "");
            assert_eq!(said(&parsed(&text)), ("urn:a".to_owned(), Some(3), status), "{class} {meta}");
        }
    }
}

fn package(meta: &str, rest: &str) -> String {
    format!(
        "<packageItem guid='urn:p' version='2'><itemMeta><itemClass qcode='ninat:composite'/><versionCreated>2024-02-08T10:00:00Z\
         </versionCreated>{meta}</itemMeta>{rest}</packageItem>"
    )
}

fn group(class: &str) -> String {
    let reference =
        |uri: &str| format!("<itemRef residref='{uri}'><itemClass qcode='ninat:{class}'/><title>T</title></itemRef>");
    format!(
        "<contentMeta><headline>P</headline></contentMeta><groupSet root='a'><group id='a' role='group:main'>{}{}</group></groupSet>",
        reference("urn:1"),
        reference("urn:2")
    )
}

#[test]
fn a_package_that_is_taken_back_or_held_back_is_so_whatever_it_holds() {
    let canceled = "<pubStatus qcode='stat:canceled'/>";
    let withheld = "<pubStatus qcode='stat:withheld'/>";
    for rest in [String::new(), group("text"), group("picture"), "<groupSet/>".to_owned()] {
        assert_eq!(
            said(&parsed(&package(canceled, &rest))),
            ("urn:p".to_owned(), Some(2), PubStatus::Canceled),
            "{rest}"
        );
    }
    assert_eq!(said(&parsed(&package(withheld, ""))).2, PubStatus::Withheld);
    let story = parsed(&package(withheld, &group("text")));
    assert!(matches!(&story.drafts[..], [Draft::Story(story)] if story.pub_status == PubStatus::Withheld), "{story:?}");
    let gallery = parsed(&package(withheld, &group("picture")));
    assert!(
        matches!(&gallery.drafts[..], [Draft::Gallery(gallery)] if gallery.status == PubStatus::Withheld),
        "{gallery:?}"
    );
    let timed = parsed(&package("<embargoed>2030-01-01T00:00:00Z</embargoed>", &group("text")));
    let [Draft::Story(story)] = &timed.drafts[..] else { panic!("{timed:?}") };
    assert_eq!((story.pub_status, story.embargoed_until), (PubStatus::Usable, at("2030-01-01T00:00:00Z")));
    // Its companions do not go with an article before it may be shown itself.
    let items = [small("urn:1", "text", ""), package(withheld, &group("text"))].concat();
    assert!(article_of(&message(&items)).related.is_empty());
}

#[test]
fn a_note_to_editors_that_may_restrict_is_told() {
    let warnings = |meta: &str| {
        let reading = parsed(&item("text", meta, "", ""));
        reading.warnings.into_iter().map(|warning| warning.message).collect::<Vec<_>>()
    };
    let said = "the note to editors says `embargo`, and nothing else holds the item back: it is shown";
    assert_eq!(warnings("<edNote>EMBARGOED until Friday</edNote>"), [said]);
    let held = "<embargoed>2037-01-15T06:00:00Z</embargoed><edNote>EMBARGOED until 2037</edNote>";
    assert_eq!(warnings(held), [""; 0]);
}

#[test]
fn a_package_of_pictures_is_a_gallery() {
    let picture = "<contentSet><remoteContent href='https://m.example/p.jpg' contenttype='image/jpeg'/></contentSet>";
    let reading = message(&[small("urn:1", "picture", picture), package("", &group("picture"))].concat());
    let [Draft::Image(_), Draft::Gallery(gallery)] = &reading.drafts[..] else { panic!("{reading:?}") };
    assert_eq!((gallery.uri.as_str(), gallery.title.as_str(), gallery.kind), ("urn:p", "P", GalleryKind::Photo));
    let items: Vec<_> = gallery.items.iter().map(|item| (&*item.image.uri, item.image.renditions.len())).collect();
    assert_eq!(items, [("urn:1", 1), ("urn:2", 0)]);
    let graphics = parsed(&package("", &group("graphic")));
    assert!(matches!(&graphics.drafts[..], [Draft::Gallery(gallery)] if gallery.kind == GalleryKind::Infographic));
}

#[test]
fn limits_that_cannot_be_read_hold_back() {
    for meta in [
        "<embargoed>soon</embargoed>",
        "<expires>2026-99-01T00:00:00Z</expires>",
        "<pubStatus/>",
        "<pubStatus literal='frozen'/>",
    ] {
        let reading = parsed(&item("text", meta, "", ""));
        assert_eq!((article_of(&reading).status, reading.warnings.len()), (PubStatus::Withheld, 1), "{meta}");
    }
}

#[test]
fn a_picture_keeps_its_times() {
    let meta = "<embargoed>2030-01-01T00:00:00Z</embargoed><expires>2031-01-01T00:00:00Z</expires>";
    let files = "<contentSet><remoteContent href='https://m.example/1.jpg' contenttype='image/jpeg'/></contentSet>";
    let reading = parsed(&item("picture", meta, "", files));
    let [Draft::Image(image)] = &reading.drafts[..] else { panic!("{reading:?}") };
    assert_eq!((image.uri.as_str(), image.status), ("urn:a", None));
    assert_eq!((image.embargoed_until, image.expires_at), (at("2030-01-01T00:00:00Z"), at("2031-01-01T00:00:00Z")));
}

#[test]
fn rights_in_the_content_are_kept_all_with_their_time() {
    let terms = |rights: &str| article("", "", rights).usage_terms;
    let info = |attributes: &str, terms: &str| {
        format!("<rightsInfo {attributes}><usageTerms>{terms}</usageTerms></rightsInfo>")
    };
    let both = [info("", "Editorial only"), info("validto='2027-01-01T00:00:00Z'", "No web")].concat();
    assert_eq!(terms(&both).as_deref(), Some("Editorial only; No web (until 2027-01-01)"));
    assert_eq!(terms(&info("scope='riscope:metadata'", "Of metadata")), None);
    assert_eq!(terms(&info("scopeuri='http://cv.iptc.org/newscodes/riscope/metadata'", "Of metadata")), None);
    let scoped = [info("scope='riscope:metadata'", "M"), info("scope='riscope:content'", "C")].concat();
    assert_eq!(terms(&scoped).as_deref(), Some("C"));
    let holder = "<rightsInfo scope='riscope:metadata'><copyrightHolder literal='M'/></rightsInfo><rightsInfo>\
                  <copyrightHolder literal='C'/></rightsInfo>";
    assert_eq!(article("", "", holder).copyright_notice.as_deref(), Some("\u{a9} C"));
    let languages = "<rightsInfo><usageTerms xml:lang='de'>Nein</usageTerms><usageTerms xml:lang='en'>No</usageTerms>\
                     <usageTerms xml:lang='en'>Never</usageTerms></rightsInfo>";
    assert_eq!(terms(languages).as_deref(), Some("No; Never"));
    let mining = "<rightsInfo><dataMining uri='http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED'/></rightsInfo>";
    assert_eq!(terms(mining).as_deref(), Some("Data mining: DMI-PROHIBITED"));
    let expression = parsed(&item("text", "", "", "<rightsInfo><rightsExpressionXML langid='x'/></rightsInfo>"));
    assert_eq!(expression.warnings.len(), 1);
}

#[test]
fn when_the_content_was_made_is_not_when_it_was_published() {
    for (item_meta, content_meta, expected) in [
        ("", "<contentCreated>2024-01</contentCreated>", "2024-02-08T10:00:00Z"),
        ("", "<contentCreated>2024-01-05T09:00:00Z</contentCreated>", "2024-02-08T10:00:00Z"),
        (
            "<firstCreated>2024-02-07T10:00:00Z</firstCreated>",
            "<contentCreated>2024-01</contentCreated>",
            "2024-02-07T10:00:00Z",
        ),
    ] {
        assert_eq!(article(item_meta, content_meta, "").published_at, at(expected), "{content_meta}");
    }
    let bare = |created: &str| {
        let meta = format!("<headline>H</headline><contentCreated>{created}</contentCreated>");
        article_of(&parsed(&format!("<newsItem guid='urn:a'><contentMeta>{meta}</contentMeta></newsItem>")))
            .published_at
    };
    assert_eq!((bare("2024-01"), bare("2024-01-05T09:00:00Z")), (None, at("2024-01-05T09:00:00Z")));
}

#[test]
fn the_source_is_who_supplied_the_item() {
    let source = |provider: &str, sources: &str| {
        let text = item("text", "", sources, "").replace("<provider qcode='nprov:AG'/>", provider);
        article_of(&parsed(&text)).source.map(|source| source.name)
    };
    let board = "<infoSource literal='Harbour board' role='isrol:originfo'/>";
    let acme = "<provider literal='Acme'/>";
    assert_eq!(source(acme, board).as_deref(), Some("Acme"));
    assert_eq!(source("<provider qcode='nprov:AG'/>", board).as_deref(), Some("AG"));
    assert_eq!(source("<provider qcode='nprov:AG'/>", "<infoSource literal='Wire'/>").as_deref(), Some("Wire"));
    assert_eq!(source("", board), None);
}

#[test]
fn how_the_content_came_to_be_is_kept_as_a_code() {
    let uri = "<digitalSourceType uri='http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'/>";
    let qcode = "<digitalSourceType qcode='digsrctype:digitalCapture'/>";
    assert_eq!(article("", uri, "").digital_source_type.as_deref(), Some("trainedAlgorithmicMedia"));
    let picture = parsed(&item("picture", "", qcode, ""));
    let [Draft::Image(image)] = &picture.drafts[..] else { panic!("{picture:?}") };
    assert_eq!(image.digital_source_type.as_deref(), Some("digitalCapture"));
}

#[test]
fn whom_to_name_for_an_article_is_a_term_of_its_use() {
    let rights =
        "<rightsInfo><copyrightNotice>(c) Acme</copyrightNotice><usageTerms>No archive</usageTerms></rightsInfo>";
    let with_rights = article("", "<creditline>ACME/AFP</creditline>", rights);
    assert_eq!(with_rights.copyright_notice.as_deref(), Some("(c) Acme"));
    assert_eq!(with_rights.usage_terms.as_deref(), Some("No archive; Credit: ACME/AFP"));
    let alone = article("", "<creditline>ACME/AFP</creditline>", "");
    assert_eq!((alone.copyright_notice, alone.usage_terms.as_deref()), (None, Some("Credit: ACME/AFP")));
    assert_eq!(article("", "<creditline>AG</creditline>", "").usage_terms, None, "the provider is AG");
}

#[test]
fn files_beside_a_text_are_embedded() {
    let files = "<contentSet><inlineData>Text.</inlineData><remoteContent href='https://m.example/report.pdf' \
                 contenttype='application/pdf'/></contentSet>";
    let article = article("", "", files);
    assert!(
        matches!(&article.body[1], Block::Embed { url, .. } if url == "https://m.example/report.pdf"),
        "{article:?}"
    );
}

#[test]
fn numbers_in_a_nitf_text_are_what_they_are() {
    let nitf = "<contentSet><inlineXML><nitf xmlns='http://iptc.org/std/NITF/2006-10-18/'><body><body.content><p>Rates rose to \
                1<frac><frac-num>1</frac-num><frac-sep>/</frac-sep><frac-den>4</frac-den></frac> percent.</p></body.content></body>\
                </nitf></inlineXML></contentSet>";
    assert_eq!(article("", "", nitf).body[0].text(), "Rates rose to 1 1/4 percent.");
}

#[test]
fn the_status_of_a_picture_is_kept() {
    for (meta, expected) in [
        ("<signal qcode='sig:kill'/>", Some(PubStatus::Canceled)),
        ("<pubStatus qcode='stat:withheld'/>", Some(PubStatus::Withheld)),
        ("<pubStatus qcode='stat:usable'/>", None),
    ] {
        let reading = parsed(&item("picture", meta, "", ""));
        let [Draft::Image(image)] = &reading.drafts[..] else { panic!("{reading:?}") };
        assert_eq!(image.status, expected, "{meta}");
    }
}

#[test]
fn notes_to_editors_never_come_along() {
    let note = "<edNote pubconstraint='x:nonpublic'>Call +1 555</edNote><edNote>Call +1 555</edNote>";
    let contact = "<creator><name>Ada</name><note>+1 555</note><personDetails><contactInfo><phone>+1 555</phone>\
                   </contactInfo></personDetails></creator>";
    let read = article(note, contact, "<partMeta><description>+1 555</description></partMeta>");
    assert!(!serde_json::to_string(&read).unwrap().contains("555"));
}

#[test]
fn a_correction_is_kept_when_it_is_said_to_readers() {
    let said = article("<signal qcode='sig:correction'><name>The year was wrong.</name></signal>", "", "");
    assert_eq!(said.corrections[0].text, "The year was wrong.");
    let reading = parsed(&item("text", "<signal qcode='sig:correction'/><edNote>secret</edNote>", "", ""));
    assert_eq!((article_of(&reading).corrections.len(), reading.warnings.len()), (0, 1));
}

#[test]
fn subjects_are_in_the_order_of_what_matters() {
    let article = article(
        "",
        "<subject qcode='x:1' relevance='20'><name>low</name></subject>\
         <subject qcode='medtop:1' why='why:ancestor'><name>above</name></subject>\
         <subject uri='http://cv.iptc.org/newscodes/mediatopic/20000639' relevance='90'><name>high</name>\
         <broader qcode='medtop:1'/></subject>\
         <subject qcode='x:2' how='howextr:tool' confidence='10'><name>guess</name></subject>\
         <subject qcode='medtop:2'/><subject qcode='x:3'/>\
         <subject type='cpnat:geoArea' qcode='city:Riga'><broader qcode='iso3166-1a2:LV'/></subject>\
         <keyword>word</keyword>",
        "",
    );
    let topics: Vec<_> = article.topics.iter().map(|topic| &*topic.name).collect();
    assert_eq!(topics, ["high", "medtop:2", "low", "guess", "above", "word"]);
    assert_eq!(article.topics[0].qcode.as_deref(), Some("medtop:20000639"));
    assert_eq!(article.topics[0].broader.as_deref(), Some("medtop:1"));
    assert_eq!((&*article.places[0].name, article.places[0].country_code.as_deref()), ("Riga", Some("LV")));
}

#[test]
fn assertions_name_and_place_concepts() {
    let article = article(
        "",
        "<subject qcode='x:1'/><subject qcode='x:2'/>",
        "<assert qcode='x:1'><name xml:lang='de'>Wien</name><name xml:lang='en'>Vienna</name><geoAreaDetails>\
         <position latitude='48.2' longitude='16.4'/></geoAreaDetails></assert><assert qcode='x:2'><name>Two</name>\
         </assert>",
    );
    assert_eq!(article.topics[0].name, "Two");
    assert_eq!((&*article.places[0].name, article.places[0].latitude), ("Vienna", Some(48.2)));
}

#[test]
fn lines_people_source_and_rights_are_read() {
    let article = article(
        "<link rel='irel:seeAlso' residref='urn:b'/><link rel='irel:seeAlso' href='https://e.example/'><title>E\
        </title></link><link rel='irel:translatedFrom' residref='urn:c'/>\
         <link rel='irel:previousVersion' residref='urn:a' version='2'/><memberOf qcode='s:1'><name>Moon</name>\
         </memberOf>",
        "<genre qcode='genre:Analysis'/><language tag='en-GB'/><slugline>slug</slugline><headline xml:lang='de'>K\
        </headline>\
         <headline role='hlrol:sub'>S</headline><description role='drol:summary'>Short.</description><by>By A</by>\
         <dateline>OSLO</dateline><creditline>AG</creditline><creator qcode='p:1' role='crol:photographer'>\
         <name>Ada</name><definition xml:lang='de'>F</definition><definition xml:lang='en'>Takes photos.</definition></creator>\
         <infoSource uri='https://w.example/'><name>Wire</name></infoSource><icon href='https://m.example/i.jpg'/>",
        "<rightsInfo><copyrightHolder><name>Holder</name></copyrightHolder><usageTerms>No archive</usageTerms>\
        </rightsInfo>",
    );
    assert_eq!((&*article.headline, article.standfirst.as_deref()), ("H", Some("Short.")));
    assert_eq!((article.genre, article.language.as_deref()), (Some(Genre::Analysis), Some("en-GB")));
    assert_eq!((article.byline.as_deref(), article.dateline.as_deref()), (Some("By A"), Some("OSLO")));
    assert_eq!(article.contributors[0].role.as_deref(), Some("photographer"));
    assert_eq!(article.contributors[0].uri.as_deref(), Some("p:1"));
    assert_eq!(article.contributors[0].biography.as_deref(), Some("Takes photos."));
    let source = article.source.unwrap();
    assert_eq!((&*source.name, source.url.as_deref()), ("Wire", Some("https://w.example/")));
    assert_eq!(article.copyright_notice.as_deref(), Some("© Holder"));
    assert_eq!(article.usage_terms.as_deref(), Some("No archive; Credit: AG"));
    assert_eq!((article.related, article.translation_of.as_deref()), (vec!["urn:b".to_owned()], Some("urn:c")));
    assert!(matches!(&article.body[..], [Block::Related { url: Some(url), .. }] if url == "https://e.example/"));
    assert_eq!(article.stories[0].title, "Moon");
    assert_eq!(article.lead_image.unwrap().uri, "https://m.example/i.jpg");
}

#[test]
fn a_line_below_the_headline_stands_in_for_a_summary() {
    let read = article("", "<headline role='hld:subHeadline'>Below</headline>", "");
    assert_eq!((&*read.headline, read.standfirst.as_deref()), ("H", Some("Below")));
}

#[test]
fn text_comes_as_nitf_xhtml_html_or_plain() {
    for (content, expected) in [
        (
            "<inlineXML contenttype='application/nitf+xml'><nitf xmlns='http://iptc.org/std/NITF/2006-10-18/'><body>\
            <body.head>\
             <byline>By Ada</byline></body.head><body.content><p>one</p><hl2>two</hl2></body.content></body></nitf>\
             </inlineXML>",
            vec!["one", "two"],
        ),
        (
            "<inlineXML><html xmlns='http://www.w3.org/1999/xhtml'><head><title>no</title></head><body><h1>H</h1>\
            <p>one</p>\
             <p><script>x()</script></p></body></html></inlineXML>",
            vec!["one"],
        ),
        ("<inlineData contenttype='text/html'>&lt;p>one&lt;/p>&lt;p>two</inlineData>", vec!["one", "two"]),
        ("<inlineData contenttype='text/plain'><![CDATA[ <p>one</p>]]></inlineData>", vec!["one"]),
        ("<inlineData contenttype='text/plain'>one\n\ntwo</inlineData>", vec!["one", "two"]),
        ("<inlineXML><other xmlns='urn:x'>no</other></inlineXML><inlineData>one</inlineData>", vec!["one"]),
        ("<inlineData encoding='encd:base64'>bm8=</inlineData>", vec![]),
    ] {
        let article = article("", "", &format!("<contentSet>{content}</contentSet>"));
        assert_eq!(article.body.iter().map(Block::text).collect::<Vec<_>>(), expected, "{content}");
    }
}

#[test]
fn pictures_have_files_rights_and_credit() {
    let content = "<contentSet><remoteContent rendition='rnd:web' href='https://m.example/w.jpg' \
    contenttype='image/jpeg' \
                   width='480' height='320'/><remoteContent rendition='rnd:web' href='https://m.example/h.jpg' \
                   width='1500' \
                   height='1001'/><remoteContent href='file:///etc/passwd'/></contentSet>";
    let meta = "<description role='drol:caption'>Cap</description><creditline>AG</creditline>";
    let reading = parsed(&item("picture", "", meta, content));
    let [Draft::Image(image)] = &reading.drafts[..] else { panic!("{reading:?}") };
    assert_eq!((image.caption.as_deref(), image.credit.as_deref()), (Some("Cap"), Some("AG")));
    assert_eq!((image.width, image.renditions.len(), reading.warnings.len()), (Some(1500), 2, 1));
    assert_eq!(image.renditions[0].media_type.as_deref(), Some("image/jpeg"));
}

#[test]
fn a_video_is_a_gallery_and_sound_stands_in_the_text() {
    let files = "<contentSet><remoteContent href='https://m.example/v.mpg' contenttype='video/mpeg' width='1920'/>\
                 <remoteContent href='https://m.example/v.mp4' contenttype='video/mp4-640x360' width='640' \
                 duration='00:01:09:12'/>\
                 </contentSet>";
    let reading = parsed(&item("video", "", "<icon href='https://m.example/i.jpg'/>", files));
    let [Draft::Gallery(gallery)] = &reading.drafts[..] else { panic!("{reading:?}") };
    let video = gallery.items[0].video.as_ref().unwrap();
    assert_eq!((gallery.kind, video.href.as_str()), (GalleryKind::Video, "https://m.example/v.mp4"));
    assert_eq!((video.media_type.as_deref(), video.duration_seconds), (Some("video/mp4"), Some(69.0)));
    assert_eq!(gallery.items[0].image.uri, "https://m.example/i.jpg");
    let sound = "<contentSet><remoteContent href='https://m.example/a.mp3' contenttype='audio/mpeg'/></contentSet>";
    let article = article_of(&parsed(&item("audio", "", "", sound)));
    assert!(matches!(&article.body[0], Block::Audio(sound) if sound.url == "https://m.example/a.mp3"));
}

#[test]
fn concepts_are_topics_and_places_those_above_first() {
    let reading = parsed(
        "<knowledgeItem guid='urn:k'><conceptSet><concept><conceptId qcode='medtop:2'/><name>below</name>\
         <broader qcode='medtop:1'/></concept><concept><conceptId uri='http://cv.iptc.org/newscodes/mediatopic/1' \
         retired='2020-01-01T00:00:00Z'/><name xml:lang='de'>oben</name><name xml:lang='en-GB'>above</name></concept>\
         <concept><conceptId qcode='x:r'/><type qcode='cpnat:geoArea'/><name>Riga</name></concept>\
         <concept><name>no code</name>\
         </concept><concept><conceptId qcode='x:a'/><name>round</name><broader qcode='x:b'/></concept><concept>\
         <conceptId qcode='x:b'/><name>and round</name><broader qcode='x:a'/></concept></conceptSet></knowledgeItem>",
    );
    let names: Vec<_> = reading
        .drafts
        .iter()
        .map(|draft| match draft {
            Draft::Topic(topic) => (&*topic.name, topic.broader.as_deref()),
            Draft::Place(place) => (&*place.name, place.uri.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    let first = [("Riga", Some("x:r")), ("above", None), ("below", Some("medtop:1"))];
    assert_eq!(names[..3], first);
    assert_eq!((names.len(), reading.skipped.len()), (5, 1));
}

#[test]
fn a_name_is_in_the_language_that_the_source_wants() {
    let defaults = Defaults { language: Some("de-AT".to_owned()), ..Defaults::default() };
    let text = "<conceptItem guid='urn:k' xml:lang='en'><concept><conceptId qcode='x:1'/><name xml:lang='en'>labour\
    </name>\
                <name xml:lang='de'>Arbeit</name></concept></conceptItem>";
    let reading = read(text.as_bytes(), &defaults).unwrap();
    let [Draft::Topic(topic)] = &reading.drafts[..] else { panic!("{:?}", reading.drafts) };
    let names = [("de", "Arbeit"), ("en", "labour")].map(|(tag, name)| (tag.to_owned(), name.to_owned()));
    assert_eq!((topic.name.as_str(), &topic.names), ("Arbeit", &names.into()));
}

#[test]
fn plans_and_catalogues_are_skipped_with_a_reason() {
    for name in ["planningItem", "catalogItem"] {
        let reading = parsed(&format!("<{name} guid='urn:p'/>"));
        assert_eq!((reading.drafts.len(), reading.skipped.len()), (0, 1));
    }
}

#[test]
fn a_bad_item_does_not_lose_the_others_of_a_message() {
    let items = [small("urn:1", "text", ""), "<newsItem/><other/>".to_owned(), small("urn:2", "text", "")].concat();
    let reading = message(&items);
    assert_eq!((reading.drafts.len(), reading.skipped.len()), (2, 2));
    let bare = parsed(&format!("<newsMessage>{}</newsMessage>", small("urn:1", "text", "")));
    assert_eq!((bare.drafts.len(), bare.warnings.len()), (1, 2));
}

#[test]
fn a_package_of_texts_is_a_story_in_its_order() {
    let reading = parsed(
        "<packageItem guid='urn:p'><contentMeta><headline>Top</headline></contentMeta><groupSet root='a'>\
         <group id='a' role='group:main' mode='pgrmod:seq'><itemRef residref='urn:1'/><itemRef residref='urn:2'/>\
         <groupRef idref='b'/></group><group id='b' mode='pgrmod:alt'><itemRef residref='urn:3'/>\
         <itemRef residref='urn:4'/>\
         <groupRef idref='a'/></group></groupSet></packageItem>",
    );
    let [Draft::Story(story)] = &reading.drafts[..] else { panic!("{reading:?}") };
    let members: Vec<_> = story.articles.iter().map(|member| (&*member.uri, member.pinned)).collect();
    assert_eq!(members, [("urn:1", true), ("urn:2", true), ("urn:3", false)]);
}

#[test]
fn companions_of_an_article_in_the_same_message_go_with_it() {
    let picture = "<contentSet><remoteContent href='https://m.example/p.jpg' contenttype='image/jpeg'/></contentSet>";
    let video = "<contentSet><remoteContent href='https://m.example/v.mp4' contenttype='video/mp4'/></contentSet>";
    let package = "<packageItem guid='urn:p'><groupSet root='a'><group id='a' role='group:main'><itemRef \
    residref='urn:main'/>\
                   <groupRef idref='b'/></group><group id='b' role='group:sidebar'><itemRef residref='urn:side'/>\
                   <itemRef residref='urn:pic'/><itemRef residref='urn:vid'/></group></groupSet></packageItem>";
    let items = [
        package.to_owned(),
        small("urn:main", "text", ""),
        small("urn:side", "text", ""),
        small("urn:pic", "picture", picture),
        small("urn:vid", "video", video),
    ];
    let reading = message(&items.concat());
    let article = article_of(&reading);
    assert_eq!(article.uri, "urn:main");
    assert_eq!((article.related, article.galleries), (vec!["urn:side".to_owned()], vec!["urn:vid".to_owned()]));
    assert_eq!(article.lead_image.unwrap().uri, "urn:pic");
    assert!(!reading.drafts.iter().any(|draft| matches!(draft, Draft::Story(_))));
    // The package needs no name for that.
    let nameless = message(&items.concat().replace(" guid='urn:p'", ""));
    assert_eq!((article_of(&nameless).related.len(), nameless.skipped.len()), (1, 0));
}

#[test]
fn parts_of_items_are_read_as_far_as_they_go() {
    let content = "<contentSet><inlineXML><nitf><body><body.head><hedline><hl1>H</hl1></hedline></body.head>\
    <body.content>\
                   <p>a</p></body.content></body></nitf></inlineXML></contentSet>";
    let reading = parsed(content);
    assert!(article_of(&reading).uri.starts_with("urn:sha256:"));
    assert_eq!(reading.warnings.len(), 1);
    let defaults = Defaults { base: Some("https://a.example/1".parse().unwrap()), ..Defaults::default() };
    assert_eq!(article_of(&read(content.as_bytes(), &defaults).unwrap()).uri, "https://a.example/1");
    assert_eq!(parsed("<contentMeta><dateline>OSLO</dateline></contentMeta>").skipped.len(), 1);
}

#[test]
fn another_document_is_refused() {
    assert!(read(b"<rss/>", &Defaults::default()).unwrap_err().message.contains("newsItem"));
    assert!(recognises(b"<newsItem xmlns='http://iptc.org/std/nar/2006-10-01/'>"));
    assert!(recognises(b"<x:newsMessage xmlns:x='http://iptc.org/std/nar/2006-10-01/'>"));
    assert!(!recognises(b"<newsItem xmlns='urn:other'>") && !recognises(b"<catalog/>"));
}
