//! How the news of a feed is filed: under the newsroom's own sections and topics instead of the feed's.

use std::collections::BTreeMap;

use entity::feed::{self, Mapping};
use importer::draft::{Article, Draft, Term, Topic};

/// Files `draft` as the feed's settings say.
pub(super) fn file(draft: &mut Draft, feed: &feed::Model) {
    match draft {
        Draft::Article(article) => {
            file_article(article, &feed.mapping);
            if article.source.is_none() {
                article.source = Some(Term { name: feed.name.clone(), ..Term::default() });
            }
        }
        Draft::Gallery(gallery) => {
            gallery.section = gallery.section.take().map(|section| mapped(section, &feed.mapping.sections));
        }
        Draft::Story(_) | Draft::Image(_) | Draft::Topic(_) | Draft::Place(_) | Draft::Restriction(_) => {}
    }
}

fn file_article(article: &mut Article, mapping: &Mapping) {
    let by_category = || {
        let mut names = article.topics.iter().map(|topic| topic.name.as_str());
        names.find_map(|name| look_up(&mapping.sections, name))
    };
    // The feed's own section decides; the first category that is mapped to a section stands in for it.
    article.section = match article.section.take() {
        Some(section) => Some(mapped(section, &mapping.sections)),
        None => by_category().map(|name| Term { name: name.to_owned(), ..Term::default() }),
    };
    for topic in &mut article.topics {
        if let Some(name) = look_up(&mapping.topics, &topic.name) {
            *topic = named(name);
        }
    }
    for name in &mapping.always {
        let always = named(name);
        if !article.topics.contains(&always) {
            article.topics.push(always);
        }
    }
}

fn mapped(section: Term, sections: &BTreeMap<String, String>) -> Term {
    match look_up(sections, &section.name) {
        Some(name) => Term { name: name.to_owned(), ..Term::default() },
        None => section,
    }
}

fn look_up<'m>(map: &'m BTreeMap<String, String>, name: &str) -> Option<&'m str> {
    let lower = name.to_lowercase();
    map.iter().find(|(from, _)| from.to_lowercase() == lower).map(|(_, to)| to.as_str())
}

/// A topic by its code, such as `medtop:15000000`, or by its name.
fn named(name: &str) -> Topic {
    let is_code = name.split_once(':').is_some_and(|(alias, code)| !alias.contains(' ') && !code.starts_with(' '));
    Topic { name: name.to_owned(), qcode: is_code.then(|| name.to_owned()), ..Topic::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_topics_are_the_newsrooms_own() {
        let mapping = Mapping {
            sections: BTreeMap::from([("Fútbol".to_owned(), "Sport".to_owned())]),
            topics: BTreeMap::from([("soccer".to_owned(), "medtop:20001065".to_owned())]),
            always: vec!["Latin America".to_owned()],
        };
        let topic = |name: &str| Topic { name: name.to_owned(), ..Topic::default() };
        let mut article = Article { topics: vec![topic("FÚTBOL"), topic("Soccer")], ..Article::default() };
        file_article(&mut article, &mapping);
        assert_eq!(article.section.unwrap().name, "Sport");
        let names: Vec<_> = article.topics.iter().map(|topic| (topic.name.as_str(), topic.qcode.as_deref())).collect();
        assert_eq!(names, [("FÚTBOL", None), ("medtop:20001065", Some("medtop:20001065")), ("Latin America", None)]);
    }
}
