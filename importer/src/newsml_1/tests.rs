use chrono::{DateTime, Utc};
use entity::article::Genre;

use super::*;
use crate::draft::{Block, Draft};

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
fn a_kill_needs_no_headline() {
    assert_eq!(article("<Status FormalName='Canceled'/>", "").status, PubStatus::Canceled);
}

#[test]
fn items_without_headline_or_identity_are_skipped() {
    assert_eq!(reading("", "").skipped.len(), 1);
    let without = read(b"<NewsML><NewsItem><NewsComponent/></NewsItem></NewsML>", &Defaults::default()).unwrap();
    assert_eq!(without.skipped.len(), 1);
    assert!(read(b"<a/>", &Defaults::default()).is_err());
    assert!(recognises(b"<?xml version='1.0'?><!DOCTYPE NewsML SYSTEM 'x.dtd'><NewsML Version='1.2'>"));
}
