//! What the fields of the schema cost that the SDL does not say: the usual length of lists that take no `first`, and the fields that are
//! more work than the value that they answer. A list that is added without an argument for its length gets a line here; a test asks
//! for it.

use crate::document::{
    Size::{Argument, Page, Usually},
    Weights,
};
use crate::page::MAX_SIZE;

/// Those of Newsgraph's schema.
pub const WEIGHTS: Weights = Weights {
    sizes: &[
        ("Query.nodes", Argument("ids")),
        ("Query.sections", Usually(15)),
        ("Section.children", Usually(5)),
        ("Topic.narrower", Usually(20)),
        ("Article.contributors", Usually(3)),
        ("Contributor.links", Usually(3)),
        ("Article.corrections", Usually(2)),
        ("Article.galleries", Usually(3)),
        ("Article.stories", Usually(3)),
        ("Article.translations", Usually(3)),
        ("RelatedArticle.sharedTopics", Usually(5)),
        ("Body.blocks", Usually(40)),
        ("ListBlock.items", Usually(10)),
        ("TableBlock.header", Usually(1)),
        ("TableBlock.rows", Usually(10)),
        ("TableRow.cells", Usually(4)),
        ("Ranking.entries", Page),
        // The articles of all days are together as many as the page.
        ("FeedConnection.days", Page),
        ("FeedDay.articles", Usually(1)),
        ("SearchEdge.highlights", Usually(3)),
        ("Highlight.fragments", Usually(3)),
        ("FilterOptions.sections", Usually(15)),
        ("FilterOptions.topics", Usually(100)),
        ("FilterOptions.stories", Usually(50)),
        ("FilterOptions.places", Usually(50)),
        ("FilterOptions.genres", Usually(12)),
        ("FilterOptions.languages", Usually(10)),
        ("FilterOptions.sources", Usually(50)),
        ("FilterOptions.contributors", Usually(100)),
        ("FilterOptions.urgencies", Usually(9)),
        ("SearchFacets.sections", Usually(15)),
        ("SearchFacets.topics", Usually(50)),
        ("SearchFacets.places", Usually(50)),
        ("SearchFacets.sources", Usually(50)),
        ("SearchFacets.contributors", Usually(50)),
        ("SearchFacets.genres", Usually(12)),
        ("SearchFacets.languages", Usually(10)),
        ("SearchFacets.years", Usually(20)),
        ("Mutation.recordReads", Argument("input")),
        ("RecordedReads.refused", Page),
    ],
    costs: &[
        // Counting reads every item of a list, not a page of it.
        ("ArticleConnection.totalCount", 50),
        ("RemovedArticleConnection.totalCount", 50),
        ("GalleryConnection.totalCount", 50),
        ("GalleryItemConnection.totalCount", 20),
        ("StoryConnection.totalCount", 20),
        ("TopicConnection.totalCount", 20),
        ("ContributorConnection.totalCount", 20),
        ("SourceConnection.totalCount", 20),
        ("SearchConnection.totalCount", 300),
        ("SearchConnection.countedSince", 300),
        ("SearchConnection.didYouMean", 100),
        ("FeedConnection.newSince", 50),
        ("FeedConnection.totalCount", 50),
        ("Query.filterOptions", 500),
        ("SearchConnection.facets", 4_000),
        ("Query.search", 100),
        ("Query.suggest", 100),
        // A text is the longest value there is.
        ("Article.body", 10),
    ],
    largest_page: Some(MAX_SIZE as u64),
    of_filtered: &[
        ("ArticleConnection.totalCount", 450),
        ("FeedConnection.totalCount", 450),
        ("FeedConnection.newSince", 450),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Types;

    #[test]
    fn the_length_of_every_list_is_known() {
        let types = Types::from_sdl(&crate::schema::sdl(), &WEIGHTS).expect("the schema prints itself");
        let unknown = types.lists_of_unknown_length();
        assert!(unknown.is_empty(), "give these lists a line in `weights.rs`: {unknown:#?}");
    }

    #[test]
    fn every_line_names_a_field_of_the_schema_once() {
        let types = Types::from_sdl(&crate::schema::sdl(), &WEIGHTS).expect("the schema prints itself");
        for places in [
            WEIGHTS.sizes.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
            WEIGHTS.costs.iter().map(|(place, _)| *place).collect(),
            WEIGHTS.of_filtered.iter().map(|(place, _)| *place).collect(),
        ] {
            for place in &places {
                assert!(types.has(place), "`{place}` is no field");
                assert_eq!(places.iter().filter(|other| other == &place).count(), 1, "{place}");
            }
        }
    }
}
