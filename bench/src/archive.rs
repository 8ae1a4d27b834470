//! A made-up archive: the same for the same seed and size. Words are as frequent as in real texts (Zipf), subjects have words of their own,
//! forms of words end as English and Russian ones do, and sections, topics, places and stories are as uneven as in a newsroom.

use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{article::Genre, gallery::GalleryKind};
use importer::{
    draft::{Article, Block, Contributor, Draft, Gallery, GalleryItem, Image, Place, Rendition, StoryOf, Term, Topic},
    html::Inline,
};

use crate::Outcome;

/// An archive.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many articles.
    #[arg(long, default_value_t = 100_000)]
    articles: u64,
    /// Where chance begins.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leaves out pictures, galleries and people.
    #[arg(long)]
    text_only: bool,
}

/// Different words of each language, besides its most common ones.
const WORDS: usize = 60_000;
const SUBJECTS: usize = 400;
/// Words that a subject uses more than others do.
const OWN_WORDS: usize = 150;
const SECTIONS: [&str; 12] = [
    "World",
    "Politics",
    "Economy",
    "Sport",
    "Culture",
    "Society",
    "Science",
    "Technology",
    "Business",
    "Travel",
    "Opinion",
    "Health",
];
const PLACES: usize = 200;
const SOURCES: usize = 15;
const GENRES: [Genre; 8] = [
    Genre::Current,
    Genre::Current,
    Genre::Current,
    Genre::Current,
    Genre::Background,
    Genre::Analysis,
    Genre::Interview,
    Genre::Opinion,
];
/// The most common words of English and Russian, in the order of their frequency.
const COMMON: [&str; 2] = [
    "the of and to a in is that for it on was with as be by at he from his they are an have had not this which or but we",
    "и в не на я что он с это как а по но из к у за от так для же вы о все мы его бы только еще уже",
];

/// One of two languages.
struct Lexicon {
    words: Vec<String>,
    endings: [&'static str; 6],
}

impl Lexicon {
    fn new(
        common: &str,
        consonants: &[&str],
        vowels: &[&str],
        endings: [&'static str; 6],
        chance: &mut fastrand::Rng,
    ) -> Self {
        let mut words: Vec<String> = common.split(' ').map(ToOwned::to_owned).collect();
        let mut known: std::collections::HashSet<String> = words.iter().cloned().collect();
        while words.len() < WORDS {
            let syllables = 2 + usize::from(words.len() > 2_000) + chance.usize(..2);
            let mut word = String::new();
            for _ in 0..syllables {
                word.push_str(consonants[chance.usize(..consonants.len())]);
                word.push_str(vowels[chance.usize(..vowels.len())]);
            }
            word.push_str(consonants[chance.usize(..consonants.len())]);
            if known.insert(word.clone()) {
                words.push(word);
            }
        }
        Self { words, endings }
    }
}

/// Draws the places of a list so that the first are the most frequent.
pub(crate) struct Zipf(Vec<f64>);

impl Zipf {
    pub(crate) fn new(length: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        // Mandelbrot's shift: the most frequent words are not as far apart as the plain law has it.
        let weights = (0..length).map(|rank| {
            sum += 1.0 / (rank as f64 + 2.7).powf(exponent);
            sum
        });
        Self(weights.collect())
    }

    pub(crate) fn draw(&self, chance: &mut fastrand::Rng) -> usize {
        let point = chance.f64() * self.0.last().copied().unwrap_or_default();
        self.0.partition_point(|sum| *sum < point).min(self.0.len() - 1)
    }
}

/// What all articles are made of.
pub(crate) struct World {
    lexicons: [Lexicon; 2],
    /// The own words of each subject, by language.
    subjects: Vec<[Vec<usize>; 2]>,
    words: Zipf,
    own_words: Zipf,
    subject: Zipf,
    section: Zipf,
    place: Zipf,
    source: Zipf,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let english = Lexicon::new(
            COMMON[0],
            &["b", "br", "c", "d", "f", "g", "gr", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v"],
            &["a", "e", "i", "o", "u", "ea", "ou"],
            ["", "", "", "s", "ed", "ing"],
            &mut chance,
        );
        let russian = Lexicon::new(
            COMMON[1],
            &["б", "в", "г", "д", "ж", "з", "к", "л", "м", "н", "п", "пр", "р", "с", "ст", "т", "тр", "х"],
            &["а", "е", "и", "о", "у", "я"],
            ["", "", "а", "ы", "ов", "ами"],
            &mut chance,
        );
        let own = |chance: &mut fastrand::Rng| (0..OWN_WORDS).map(|_| chance.usize(200..WORDS)).collect::<Vec<_>>();
        let subjects = (0..SUBJECTS).map(|_| [own(&mut chance), own(&mut chance)]).collect();
        Self {
            lexicons: [english, russian],
            subjects,
            words: Zipf::new(WORDS, 1.0),
            own_words: Zipf::new(OWN_WORDS, 0.9),
            subject: Zipf::new(SUBJECTS, 0.8),
            section: Zipf::new(SECTIONS.len(), 0.8),
            place: Zipf::new(PLACES, 1.0),
            source: Zipf::new(SOURCES, 1.0),
        }
    }

    /// Any English word but the most common ones.
    pub(crate) fn word(&self, chance: &mut fastrand::Rng) -> &str {
        let common = COMMON[0].split(' ').count();
        loop {
            let word = self.words.draw(chance);
            if word >= common {
                return &self.lexicons[0].words[word];
            }
        }
    }

    /// One of the rarer half of English words.
    pub(crate) fn rare(&self, chance: &mut fastrand::Rng) -> &str {
        &self.lexicons[0].words[chance.usize(WORDS / 2..WORDS)]
    }

    /// Two words of one subject.
    pub(crate) fn pair(&self, chance: &mut fastrand::Rng) -> [&str; 2] {
        let subject = &self.subjects[self.subject.draw(chance)][0];
        [(); 2].map(|()| self.lexicons[0].words[subject[self.own_words.draw(chance)]].as_str())
    }

    fn sentence(&self, language: usize, subject: usize, length: usize, own: f64, chance: &mut fastrand::Rng) -> String {
        let lexicon = &self.lexicons[language];
        let mut sentence = String::new();
        for place in 0..length {
            let word = if chance.f64() < own {
                self.subjects[subject][language][self.own_words.draw(chance)]
            } else {
                self.words.draw(chance)
            };
            let word = &lexicon.words[word];
            if place == 0 {
                let mut letters = word.chars();
                sentence.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                sentence.push_str(letters.as_str());
            } else {
                sentence.push(' ');
                sentence.push_str(word);
            }
            // Common words have one form.
            if word.chars().count() > 4 {
                sentence.push_str(lexicon.endings[chance.usize(..lexicon.endings.len())]);
            }
        }
        sentence
    }

    fn article(&self, number: u64, published_at: DateTime<Utc>, chance: &mut fastrand::Rng) -> Article {
        let language = usize::from(chance.f64() < 0.08);
        let subject = self.subject.draw(chance);
        let headline_length = 5 + chance.usize(..7);
        let headline = self.sentence(language, subject, headline_length, 0.5, chance);
        let standfirst_length = 12 + chance.usize(..16);
        let standfirst = self.sentence(language, subject, standfirst_length, 0.35, chance) + ".";
        // Most texts are short, a few are long.
        let length = 90.0 * (1.1 * (chance.f64() + chance.f64() + chance.f64())).exp();
        let mut words = length as usize;
        let mut body = Vec::new();
        while words > 0 {
            let mut paragraph = String::new();
            for _ in 0..2 + chance.usize(..3) {
                let length = 10 + chance.usize(..14);
                paragraph.push_str(&self.sentence(language, subject, length, 0.2, chance));
                paragraph.push_str(". ");
                words = words.saturating_sub(length);
            }
            body.push(Block::Paragraph { html: Inline::from_text(&paragraph) });
        }
        let topic = |subject: usize| Topic {
            name: format!("Subject {subject} {}", self.lexicons[0].words[self.subjects[subject][0][0]]),
            qcode: Some(format!("bench:{subject}")),
            // Twenty wide topics with twenty narrow ones each.
            broader: (subject >= 20).then(|| format!("bench:{}", subject % 20)),
            ..Default::default()
        };
        let others = chance.usize(..4);
        let mut topics = vec![topic(subject)];
        topics.extend((0..others).map(|_| topic(self.subject.draw(chance))));
        let story = (chance.f64() < 0.3).then(|| StoryOf {
            uri: format!("urn:bench:story:{subject}"),
            title: format!("Story of subject {subject}"),
        });
        let place = self.place.draw(chance);
        Article {
            uri: format!("urn:bench:{number}"),
            slug: Some(format!("bench-{number}")),
            version: Some(1),
            genre: Some(GENRES[chance.usize(..GENRES.len())]),
            language: Some(["en", "ru"][language].to_owned()),
            headline,
            standfirst: Some(standfirst),
            located: (chance.f64() < 0.8).then(|| Place {
                slug: Some(format!("place-{place}")),
                name: format!("Place {place}"),
                ..Default::default()
            }),
            published_at: Some(published_at),
            urgency: Some(*chance.choice(&[2, 3, 4, 4, 5, 5, 5, 5, 6, 7]).unwrap_or(&5)),
            section: Some(Term { name: SECTIONS[self.section.draw(chance)].to_owned(), ..Default::default() }),
            source: Some(Term { name: format!("Source {}", self.source.draw(chance)), ..Default::default() }),
            topics,
            stories: story.into_iter().collect(),
            body,
            ..Default::default()
        }
    }
}

/// Articles of an archive for each picture in it.
const ARTICLES_OF_A_PICTURE: u64 = 5;
/// Articles of an archive for each gallery in it.
const ARTICLES_OF_A_GALLERY: u64 = 40;
const PEOPLE: usize = 300;

/// What stands beside the words of articles.
struct Pictures {
    pictures: u64,
    people: Zipf,
}

impl Pictures {
    fn picture(&self, world: &World, number: u64) -> Image {
        // A picture is the same wherever it stands.
        let chance = &mut fastrand::Rng::with_seed(number);
        let subject = world.subject.draw(chance);
        let rendition = |(name, width): (&str, i32)| Rendition {
            name: name.to_owned(),
            href: format!("https://media.example.org/bench/{number}-{name}.jpg"),
            media_type: Some("image/jpeg".to_owned()),
            width: Some(width),
            height: Some(width * 2 / 3),
        };
        Image {
            uri: format!("urn:bench:picture:{number}"),
            version: Some(1),
            alt: Some(world.sentence(0, subject, 8, 0.4, chance)),
            caption: Some(world.sentence(0, subject, 14, 0.3, chance) + "."),
            credit: Some(format!("Photographer {}", number % 50)),
            width: Some(1600),
            height: Some(1066),
            renditions: [("thumbnail", 320), ("medium", 800), ("large", 1600)].map(rendition).to_vec(),
            ..Image::default()
        }
    }

    fn any_picture(&self, world: &World, chance: &mut fastrand::Rng) -> Image {
        self.picture(world, chance.u64(..self.pictures))
    }

    /// Gives an article its people and pictures.
    fn add_to(&self, article: &mut Article, number: u64, world: &World, chance: &mut fastrand::Rng) {
        let people = 1 + chance.usize(..2);
        article.contributors = (0..people)
            .map(|_| Contributor {
                name: format!("Reporter {}", self.people.draw(chance)),
                role: Some("author".to_owned()),
                ..Contributor::default()
            })
            .collect();
        article.dateline = article.located.as_ref().map(|place| place.name.to_uppercase());
        article.lead_image = (chance.f64() < 0.9).then(|| self.any_picture(world, chance));
        if chance.f64() < 0.3 {
            let place = chance.usize(..=article.body.len());
            article.body.insert(place, Block::Image { image: Box::new(self.any_picture(world, chance)) });
        }
        // The editors' choice, of what came before.
        if number > 0 && chance.f64() < 0.4 {
            article.related =
                (0..1 + chance.usize(..4)).map(|_| format!("urn:bench:{}", chance.u64(..number))).collect();
        }
        if number.is_multiple_of(ARTICLES_OF_A_GALLERY / 4) {
            article.galleries = vec![format!("urn:bench:gallery:{}", number / ARTICLES_OF_A_GALLERY)];
        }
    }

    fn gallery(&self, number: u64, published_at: DateTime<Utc>, world: &World, chance: &mut fastrand::Rng) -> Gallery {
        let items = 4 + chance.usize(..9);
        let items =
            (0..items).map(|_| GalleryItem { image: self.any_picture(world, chance), caption: None, video: None });
        Gallery {
            items: items.collect(),
            uri: format!("urn:bench:gallery:{number}"),
            version: Some(1),
            slug: Some(format!("bench-gallery-{number}")),
            title: format!("Gallery {number}"),
            summary: None,
            kind: if number.is_multiple_of(3) { GalleryKind::Infographic } else { GalleryKind::Photo },
            status: Default::default(),
            section: Some(Term { name: SECTIONS[world.section.draw(chance)].to_owned(), ..Default::default() }),
            lead_image: Some(self.any_picture(world, chance)),
            published_at: Some(published_at),
            updated_at: None,
            embargoed_until: None,
            expires_at: None,
        }
    }
}

/// Writes an archive of five years.
pub(crate) fn write(args: &Args) -> Outcome {
    let world = World::new(args.seed);
    let mut chance = fastrand::Rng::with_seed(args.seed.wrapping_add(1));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let end = "2026-06-01T00:00:00Z".parse::<DateTime<Utc>>()?;
    let span = TimeDelta::days(5 * 365).num_seconds();
    let mut put = |draft: Draft| -> Outcome {
        serde_json::to_writer(&mut out, &draft)?;
        Ok(out.write_all(b"\n")?)
    };
    let mut extras = fastrand::Rng::with_seed(args.seed.wrapping_add(2));
    let pictures = (!args.text_only)
        .then(|| Pictures { pictures: args.articles / ARTICLES_OF_A_PICTURE + 1, people: Zipf::new(PEOPLE, 0.8) });
    for number in 0..args.articles {
        let before = (args.articles - number) as f64 / args.articles as f64 * span as f64;
        let published_at = end - TimeDelta::seconds(before as i64);
        let mut article = world.article(number, published_at, &mut chance);
        if let Some(pictures) = &pictures {
            pictures.add_to(&mut article, number, &world, &mut extras);
            if number.is_multiple_of(ARTICLES_OF_A_GALLERY) {
                let gallery = number / ARTICLES_OF_A_GALLERY;
                put(Draft::Gallery(Box::new(pictures.gallery(gallery, published_at, &world, &mut extras))))?;
            }
        }
        put(Draft::Article(Box::new(article)))?;
    }
    out.flush()?;
    Ok(())
}
