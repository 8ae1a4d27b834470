use chrono::{DateTime, Utc};
use entity::article::Genre;

use super::*;
use crate::draft::{Block, Draft, Image};

fn reading(management: &str, components: &str) -> Reading {
    let text = format!(
        "<NewsML><NewsEnvelope><SentFrom><Party FormalName='Agency'/></SentFrom></NewsEnvelope><NewsItem>\
        <Identification>\
         <NewsIdentifier><ProviderId>a.example</ProviderId><DateId>20240208</DateId><NewsItemId>n1</NewsItemId>\
         <RevisionId PreviousRevision='1' Update='N'>2</RevisionId><PublicIdentifier>urn:newsml:a.example:20240208:n1:2\
         </PublicIdentifier></NewsIdentifier></Identification><NewsManagement>{management}</NewsManagement>\
         <NewsComponent>{components}</NewsComponent></NewsItem></NewsML>"
    );
    read(text.as_bytes(), &Defaults::default()).unwrap()
}

fn article(management: &str, components: &str) -> Article {
    let mut reading = reading(management, components);
    match reading.drafts.pop() {
        Some(Draft::Article(article)) => *article,
        other => panic!("{other:?} {reading:?}"),
    }
}

const LINES: &str = "<NewsLines><HeadLine>H</HeadLine></NewsLines>";

fn at(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

#[test]
fn identity_is_the_public_identifier_without_its_revision() {
    let article = article("", LINES);
    assert_eq!((article.uri.as_str(), article.version), ("urn:newsml:a.example:20240208:n1", Some(2)));
    assert_eq!(article.source.unwrap().name, "Agency");
}

#[test]
fn times_and_status_are_read() {
    let managed = article(
        "<FirstCreated>20240208T120000+0300</FirstCreated><ThisRevisionCreated>20240208T100000Z</ThisRevisionCreated>\
         <Status FormalName='Embargoed'/><StatusWillChange><FutureStatus FormalName='Usable'/>\
         <DateAndTime>20240209T000000Z</DateAndTime></StatusWillChange><Urgency FormalName='4'/>",
        LINES,
    );
    assert_eq!(managed.published_at, at("2024-02-08T09:00:00Z"));
    assert_eq!(managed.updated_at, at("2024-02-08T10:00:00Z"));
    assert_eq!((managed.status, managed.embargoed_until), (PubStatus::Usable, at("2024-02-09T00:00:00Z")));
    assert_eq!(managed.urgency, Some(4));
    assert_eq!(article("<Status FormalName='Canceled'/>", LINES).status, PubStatus::Canceled);
    assert_eq!(article("<Instruction FormalName='Delete'/>", LINES).status, PubStatus::Canceled);
    assert_eq!(article("<Status FormalName='Embargoed'/>", LINES).status, PubStatus::Withheld);
}

#[test]
fn lines_rights_people_and_topics_are_read() {
    let article = article(
        "",
        "<NewsLines><HeadLine>H</HeadLine><SubHeadLine>S</SubHeadLine><ByLine>By Ada Writer</ByLine><DateLine>OSLO\
        </DateLine>\
         <SlugLine>slug</SlugLine><CopyrightLine>(c) A</CopyrightLine><RightsLine>No archive</RightsLine></NewsLines>\
         <AdministrativeMetadata><Source><Party FormalName='Wire'/></Source><Contributor><Party FormalName='XY' \
         Scheme='Editors'/></Contributor></AdministrativeMetadata><DescriptiveMetadata><Language FormalName='nb'/>\
         <Genre FormalName='Release'/><SubjectCode><Subject FormalName='04000000'/></SubjectCode><Location>\
         <Property FormalName='City' Value='Oslo'/><Property FormalName='Country' Value='NO'/></Location>\
         </DescriptiveMetadata><Metadata><Property FormalName='Keywords' Value='Space'/></Metadata>",
    );
    assert_eq!(article.standfirst.as_deref(), Some("S"));
    assert_eq!(article.contributors.iter().map(|person| &*person.name).collect::<Vec<_>>(), ["Ada Writer"]);
    assert_eq!((article.dateline.as_deref(), article.slugline.as_deref()), (Some("OSLO"), Some("slug")));
    assert_eq!(article.copyright_notice.as_deref(), Some("(c) A"));
    assert_eq!(article.usage_terms.as_deref(), Some("No archive"));
    assert_eq!((article.language.as_deref(), article.genre), (Some("nb"), Some(Genre::PressRelease)));
    assert_eq!(article.source.unwrap().name, "Wire");
    assert_eq!(article.topics[0].qcode.as_deref(), Some("subj:04000000"));
    assert_eq!(article.topics[1].name, "Space");
    assert_eq!(article.places[0].country_code.as_deref(), Some("NO"));
}

#[test]
fn text_is_read_and_contacts_are_not() {
    let content = |role: &str, kind: &str, data: &str| {
        format!(
            "<NewsComponent><Role FormalName='{role}'/><ContentItem><MimeType FormalName='{kind}'/><DataContent>{data}\
             </DataContent></ContentItem></NewsComponent>"
        )
    };
    let html =
        "<html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body><p/><p>One <b>two</b></p></body></html>";
    let article = article(
        "",
        &[
            LINES,
            &content("Contact", "text/plain", "Call +1 555"),
            &content("Body", "text/xhtml", html),
            &content("Main", "text/plain", "three\n\nfour"),
            &content("Text", "text/html", "<![CDATA[<p>five</p><script>x()</script>]]>"),
            &content("SubHeadLine", "text/plain", "Below"),
        ]
        .concat(),
    );
    let text: Vec<_> = article.body.iter().map(Block::text).collect();
    assert_eq!(text, ["One two", "three", "four", "five"]);
    assert_eq!(article.standfirst.as_deref(), Some("Below"));
    assert!(!serde_json::to_string(&article).unwrap().contains("555"));
}

#[test]
fn text_may_be_nitf_without_a_story_around_it() {
    let content = |format: &str, data: &str| {
        format!(
            "<NewsComponent><ContentItem><Format FormalName='{format}'/><DataContent>{data}</DataContent>\
            </ContentItem></NewsComponent>"
        )
    };
    let article = article("", &[LINES, &content("bcNITF2.5", "<p>one</p><hl2>two</hl2><p>three</p>")].concat());
    assert_eq!(article.body.iter().map(Block::text).collect::<Vec<_>>(), ["one", "two", "three"]);
    assert!(matches!(article.body[1], Block::Heading { .. }));
}

#[test]
fn pictures_are_ranked_and_known_in_the_text() {
    let photo = |number: u32, rank: u32| {
        format!(
            "<NewsComponent><Role FormalName='Photo'/><NewsLines><HeadLine>P{number}</HeadLine></NewsLines>\
             <DescriptiveMetadata><Property FormalName='Rank' Value='{rank}'/></DescriptiveMetadata>\
             <ContentItem Href='https://m.example/{number}.jpg'><MimeType FormalName='image/jpeg'/><Characteristics>\
             <Property FormalName='PixelWidth' Value='640'/><Property FormalName='PixelHeight' Value='480'/>\
             </Characteristics>\
             </ContentItem></NewsComponent>"
        )
    };
    let text = "<NewsComponent><ContentItem><MimeType FormalName='text/html'/><DataContent><p>a</p>\
                <img src='https://m.example/3.jpg'/><p>b</p></DataContent></ContentItem></NewsComponent>";
    let article = article("", &[LINES, &photo(1, 2), &photo(2, 1), &photo(3, 3), text].concat());
    let lead = article.lead_image.unwrap();
    assert_eq!((lead.caption.as_deref(), lead.width), (Some("P2"), Some(640)));
    let placed: Vec<_> = article
        .body
        .iter()
        .filter_map(|block| match block {
            Block::Image { image } => image.caption.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(placed, ["P3", "P1"]);
}

#[test]
fn a_picture_alone_is_an_image() {
    let photo = "<NewsLines><HeadLine>Cap</HeadLine><CreditLine>AG</CreditLine></NewsLines>\
                 <ContentItem Href='https://m.example/1.jpg'><MediaType FormalName='Photo'/></ContentItem>";
    let usable = reading("<Status FormalName='Usable'/>", photo);
    let [Draft::Image(image)] = &usable.drafts[..] else { panic!("{usable:?}") };
    assert_eq!((image.uri.as_str(), image.version), ("urn:newsml:a.example:20240208:n1", Some(2)));
    assert_eq!((image.caption.as_deref(), image.credit.as_deref()), (Some("Cap"), Some("AG")));
    assert_eq!(image.status, None);
    let killed = reading("<Status FormalName='Canceled'/>", photo);
    let [Draft::Image(image)] = &killed.drafts[..] else { panic!("{killed:?}") };
    assert_eq!((image.uri.as_str(), image.status), ("urn:newsml:a.example:20240208:n1", Some(PubStatus::Canceled)));
}

#[test]
fn of_components_in_several_languages_one_is_read() {
    let component = |language: &str, headline: &str| {
        format!(
            "<NewsComponent><NewsLines><HeadLine>{headline}</HeadLine></NewsLines><DescriptiveMetadata>\
             <Language FormalName='{language}'/></DescriptiveMetadata></NewsComponent>"
        )
    };
    let basis = "<BasisForChoice>./NewsComponent/DescriptiveMetadata/Language</BasisForChoice>";
    let reading = reading("", &[basis, &component("en", "E"), &component("fr", "F")].concat());
    assert_eq!((reading.drafts.len(), reading.warnings.len()), (1, 1));
    let Draft::Article(article) = &reading.drafts[0] else { panic!() };
    assert_eq!((article.headline.as_str(), article.language.as_deref()), ("E", Some("en")));
}

#[test]
fn what_takes_an_item_back_needs_nothing_else() {
    let item = |management: &str, content: &str| {
        let text = format!(
            "<NewsML><NewsItem><Identification><NewsIdentifier><PublicIdentifier>urn:newsml:a.example:20240208:n1:2N</PublicIdentifier>\
             <RevisionId>2</RevisionId></NewsIdentifier></Identification><NewsManagement><ThisRevisionCreated>20240208T100000Z\
             </ThisRevisionCreated>{management}</NewsManagement>{content}</NewsItem></NewsML>"
        );
        read(text.as_bytes(), &Defaults::default()).unwrap()
    };
    for (management, status) in [
        ("<Status FormalName='Canceled'/>", PubStatus::Canceled),
        ("<Status FormalName='Withheld'/>", PubStatus::Withheld),
        ("<Status FormalName='Usable'/><Instruction FormalName='Delete'/>", PubStatus::Canceled),
    ] {
        for content in ["", "<NewsComponent/>", "<Update/>"] {
            let reading = item(management, content);
            let [Draft::Restriction(said)] = &reading.drafts[..] else { panic!("{reading:?}") };
            assert_eq!(
                (said.uri.as_str(), said.version, said.status),
                ("urn:newsml:a.example:20240208:n1", Some(2), status)
            );
            assert_eq!(said.updated_at, at("2024-02-08T10:00:00Z"));
        }
    }
    let update = item("<Status FormalName='Usable'/>", "<Update><Replace DuidRef='a'/></Update>");
    assert!(update.skipped[0].message.contains("`Update`"), "{update:?}");
    let bare = item("<Status FormalName='Usable'/>", "");
    assert!(bare.skipped[0].message.contains("no NewsComponent"), "{bare:?}");
}

#[test]
fn a_status_or_a_change_of_it_that_is_not_understood_holds_back() {
    let change = |future: &str, at: &str| {
        format!(
            "<Status FormalName='Usable'/><StatusWillChange><FutureStatus FormalName='{future}'/><DateAndTime>{at}</DateAndTime>\
             </StatusWillChange>"
        )
    };
    for management in [
        "<Status FormalName='Frozen'/>".to_owned(),
        "<Status/>".to_owned(),
        change("Withheld", "soon"),
        change("Frozen", "20300101T000000Z"),
    ] {
        let mut reading = reading(&management, LINES);
        let Some(Draft::Article(article)) = reading.drafts.pop() else { panic!("{reading:?}") };
        assert_eq!((article.status, reading.warnings.len()), (PubStatus::Withheld, 1), "{management}");
    }
    let twice = "<Status FormalName='Embargoed'/><StatusWillChange><FutureStatus FormalName='Usable'/><DateAndTime>20290101T000000Z\
                 </DateAndTime></StatusWillChange><StatusWillChange><FutureStatus FormalName='Canceled'/>\
                 <DateAndTime>20300101T000000Z</DateAndTime></StatusWillChange>";
    let article = article(twice, LINES);
    assert_eq!(
        (article.status, article.embargoed_until, article.expires_at),
        (PubStatus::Usable, at("2029-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z"))
    );
}

/// The lead image and those in the text.
fn images(article: &Article) -> Vec<Image> {
    let in_text = article.body.iter().filter_map(|block| match block {
        Block::Image { image } => Some((**image).clone()),
        _ => None,
    });
    article.lead_image.clone().into_iter().chain(in_text).collect()
}

const STORY: &str = "<NewsLines><HeadLine>Q1</HeadLine><CopyrightLine>(c) Text Agency</CopyrightLine><RightsLine>Print only\
    </RightsLine></NewsLines><NewsComponent><Role FormalName='Main'/><ContentItem><DataContent><p>Main.</p></DataContent>\
    </ContentItem></NewsComponent>";

fn file(role: &str, href: &str, width: u32) -> String {
    format!(
        "<NewsComponent><Role FormalName='{role}'/><ContentItem Href='https://i.example/{href}'><MediaType FormalName='Photo'/>\
         <Characteristics><Property FormalName='Width' Value='{width}'/><Property FormalName='Height' Value='{width}'/>\
         </Characteristics></ContentItem></NewsComponent>"
    )
}

fn caption(text: &str) -> String {
    format!(
        "<NewsComponent><Role FormalName='Caption'/><ContentItem><MediaType FormalName='Text'/><DataContent>{text}</DataContent>\
         </ContentItem></NewsComponent>"
    )
}

#[test]
fn a_photo_with_files_and_a_caption_is_one_picture_with_its_own_lines() {
    let lines = "<NewsLines><CreditLine>Nils Foto</CreditLine><CopyrightLine>(c) Photo Agency</CopyrightLine>\
                 <RightsLine>Photo: no web use</RightsLine></NewsLines>";
    let rights = "<NewsLines><CreditLine>Nils Foto</CreditLine></NewsLines><RightsMetadata><Copyright><CopyrightHolder>(c) Photo Agency\
                  </CopyrightHolder></Copyright><UsageRights><Limitations>Photo: no web use</Limitations></UsageRights></RightsMetadata>";
    let files = [file("Thumbnail", "t.jpg", 100), file("Preview", "p.jpg", 480)].concat();
    let inner = caption("Inner caption");
    for photo in [
        format!("<NewsComponent><Role FormalName='Photo'/>{lines}{inner}{files}</NewsComponent>"),
        format!("<NewsComponent><Role FormalName='Photo'/>{lines}{files}{inner}</NewsComponent>"),
        format!("<NewsComponent><Role FormalName='Photo'/>{rights}{files}{inner}</NewsComponent>"),
        format!("<NewsComponent><Role FormalName='Graphic'/>{lines}{files}{inner}</NewsComponent>"),
        format!("<NewsComponent EquivalentsList='yes'><Role FormalName='Photo'/>{lines}{inner}{files}</NewsComponent>"),
        format!(
            "<NewsComponent><Role FormalName='Photo'/>{lines}{inner}<NewsComponent EquivalentsList='yes'>{files}</NewsComponent></NewsComponent>"
        ),
        format!(
            "<NewsComponent>{lines}{inner}<NewsComponent EquivalentsList='yes'>{files}</NewsComponent></NewsComponent>"
        ),
        format!(
            "<NewsComponent><Role FormalName='Photos'/>{lines}<NewsComponent><Role FormalName='Photo'/>{inner}{files}</NewsComponent></NewsComponent>"
        ),
        format!("<NewsComponent EquivalentsList='yes'><Role FormalName='Photo'/>{lines}{files}</NewsComponent>{inner}"),
    ] {
        let article = article("", &[STORY, &photo].concat());
        let [image] = &images(&article)[..] else { panic!("{photo}: {article:?}") };
        assert_eq!(image.renditions.len(), 2, "{photo}");
        assert_eq!(
            (image.width, image.caption.as_deref(), image.credit.as_deref()),
            (Some(480), Some("Inner caption"), Some("Nils Foto")),
            "{photo}"
        );
        assert_eq!(image.copyright_notice.as_deref(), Some("(c) Photo Agency"), "{photo}");
        assert_eq!(image.usage_terms.as_deref(), Some("Photo: no web use"), "{photo}");
        assert_eq!(article.body.iter().map(Block::text).collect::<Vec<_>>(), ["Main."], "{photo}");
        assert_eq!(
            (article.copyright_notice.as_deref(), article.usage_terms.as_deref()),
            (Some("(c) Text Agency"), Some("Print only")),
            "{photo}"
        );
    }
}

#[test]
fn pictures_take_rights_from_around_them_and_nothing_from_beside_them() {
    let photo = |lines: &str, href: &str| {
        format!("<NewsComponent><Role FormalName='Photo'/>{lines}{}</NewsComponent>", file("Preview", href, 9))
    };
    let one = "<NewsLines><CreditLine>One</CreditLine><RightsLine>None</RightsLine></NewsLines>";
    let text = "<NewsLines><HeadLine>H</HeadLine></NewsLines><NewsComponent><Role FormalName='Main'/><NewsLines>\
                <ByLine>By A</ByLine><CopyrightLine>(c) Text</CopyrightLine><RightsLine>Print</RightsLine></NewsLines><ContentItem>\
                <DataContent>Main.</DataContent></ContentItem></NewsComponent>";
    let article = article("", &[text, &photo(one, "1.jpg"), &photo("", "2.jpg")].concat());
    let [first, second] = &images(&article)[..] else { panic!("{article:?}") };
    assert_eq!((first.credit.as_deref(), first.usage_terms.as_deref()), (Some("One"), Some("None")));
    assert_eq!((&first.copyright_notice, &second.copyright_notice), (&None, &None));
    assert_eq!((&second.credit, &second.usage_terms, &second.caption), (&None, &None, &None));
    // What stands around all of it holds for all of it.
    let around = self::article("", &[STORY, &photo("", "1.jpg")].concat());
    assert_eq!(images(&around)[0].usage_terms.as_deref(), Some("Print only"));
    // Which of two pictures a caption is of cannot be told.
    let unclear = reading("", &[STORY, &photo("", "1.jpg"), &photo("", "2.jpg"), &caption("Whose?")].concat());
    assert!(unclear.warnings.iter().any(|note| note.message.contains("Whose?")), "{unclear:?}");
    assert!(!serde_json::to_string(&unclear.drafts).unwrap().contains("Whose?"));
}

#[test]
fn videos_and_sounds_stand_in_the_text() {
    let video = format!(
        "<NewsComponent><Role FormalName='Video'/><NewsLines><HeadLine>Clip</HeadLine></NewsLines><NewsComponent>\
         <ContentItem Href='https://i.example/1.mov'><MimeType FormalName='video/quicktime'/></ContentItem></NewsComponent>\
         <NewsComponent><ContentItem Href='https://i.example/1.mp4'><MimeType FormalName='video/mp4'/><Characteristics>\
         <Property FormalName='Duration' Value='90'/></Characteristics></ContentItem></NewsComponent>{}{}</NewsComponent>\
         <NewsComponent><ContentItem Href='https://i.example/1.mp3'><MediaType FormalName='Audio'/></ContentItem></NewsComponent>",
        file("Preview", "1.jpg", 9),
        caption("Said")
    );
    let article = article("", &[STORY, &video].concat());
    let [_, Block::Video(video), Block::Audio(audio)] = &article.body[..] else { panic!("{article:?}") };
    assert_eq!(
        (video.url.as_str(), video.title.as_deref(), video.caption.as_deref()),
        ("https://i.example/1.mp4", Some("Clip"), Some("Said ((c) Text Agency)"))
    );
    assert_eq!(
        (video.duration_seconds, video.poster.as_ref().unwrap().uri.as_str()),
        (Some(90.0), "https://i.example/1.jpg")
    );
    assert_eq!(audio.url, "https://i.example/1.mp3");
    assert!(article.lead_image.is_none());
}

#[test]
fn a_text_beside_the_main_one_keeps_its_headline() {
    let beside = "<NewsComponent><Role FormalName='Supporting'/><NewsLines><HeadLine>Facts</HeadLine><ByLine>By B</ByLine></NewsLines>\
                  <ContentItem><DataContent><p>Beside.</p></DataContent></ContentItem></NewsComponent>";
    for content in [[STORY, beside], [beside, STORY]] {
        let article = article("", &content.concat());
        assert_eq!((article.headline.as_str(), article.byline), ("Q1", None));
        assert_eq!(article.body.iter().map(Block::text).collect::<Vec<_>>(), ["Main.", "Facts", "By B", "Beside."]);
        assert!(matches!(article.body[1], Block::Heading { .. }));
    }
}

#[test]
fn topics_have_names_and_related_items_are_kept() {
    let text = "<NewsML><TopicSet><Topic Duid='tp1'><TopicType FormalName='Company'/><FormalName Scheme='tick'>ACM</FormalName>\
        <Description xml:lang='nb'>Acme AS</Description><Description xml:lang='en'>Acme</Description></Topic>\
        <Topic Duid='tp2'><TopicType FormalName='Country'/><FormalName>NO</FormalName><Description>Norway</Description></Topic></TopicSet>\
        <NewsItem><Identification><NewsIdentifier><PublicIdentifier>urn:a:1</PublicIdentifier></NewsIdentifier></Identification>\
        <NewsManagement><DerivedFrom NewsItem='urn:newsml:a.example:20240208:n0:3'/><AssociatedWith FormalName='Photo' NewsItem='urn:b'/>\
        </NewsManagement><NewsComponent><NewsLines><HeadLine>H</HeadLine><ByLine>By A B</ByLine><ByLineTitle>Editor</ByLineTitle>\
        <CopyrightLine>(c) Acme</CopyrightLine><RightsLine>No archive</RightsLine><CreditLine>ACME/AFP</CreditLine>\
        <KeywordLine>ferry, winter; quay</KeywordLine></NewsLines><RightsMetadata><UsageRights><Geography>Norway</Geography></UsageRights>\
        </RightsMetadata><DescriptiveMetadata><SubjectCode><Subject FormalName='15000000'/><SubjectMatter FormalName='15054000'/>\
        <SubjectDetail FormalName='04015001'/></SubjectCode><SubjectCode><Subject FormalName='99000000'/></SubjectCode>\
        <TopicOccurrence Topic='#tp1'/><TopicOccurrence Topic='#tp2'/><TopicOccurrence Topic='#none'/></DescriptiveMetadata>\
        </NewsComponent></NewsItem></NewsML>";
    let mut reading = read(text.as_bytes(), &Defaults::default()).unwrap();
    let Some(Draft::Article(article)) = reading.drafts.pop() else { panic!("{reading:?}") };
    let topics: Vec<_> = article.topics.iter().map(|topic| (&*topic.name, topic.qcode.as_deref())).collect();
    let named = [
        ("Air transport", Some("subj:04015001")),
        ("Football", Some("subj:15054000")),
        ("Sport", Some("subj:15000000")),
        ("Acme", Some("tick:ACM")),
        ("ferry", None),
        ("winter", None),
        ("quay", None),
    ];
    assert_eq!(topics, named);
    assert_eq!((&*article.places[0].name, article.places[0].country_code.as_deref()), ("Norway", Some("NO")));
    assert_eq!(article.related, ["urn:newsml:a.example:20240208:n0", "urn:b"]);
    assert_eq!(article.byline.as_deref(), Some("By A B, Editor"));
    assert_eq!(article.usage_terms.as_deref(), Some("No archive; Norway; Credit: ACME/AFP"));
    assert_eq!(reading.warnings.len(), 2, "{reading:?}");
}

#[test]
fn items_without_headline_or_identity_are_skipped() {
    assert_eq!(reading("", "").skipped.len(), 1);
    let without = read(b"<NewsML><NewsItem><NewsComponent/></NewsItem></NewsML>", &Defaults::default()).unwrap();
    assert_eq!(without.skipped.len(), 1);
    assert!(read(b"<a/>", &Defaults::default()).is_err());
    assert!(recognises(b"<?xml version='1.0'?><!DOCTYPE NewsML SYSTEM 'x.dtd'><NewsML Version='1.2'>"));
}
