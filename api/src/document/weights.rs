//! What a schema in SDL does not say of its fields, and what the cost of a request needs: how long a list is whose length no
//! argument gives, and which fields are more work than the value that they answer.

/// What is known of the fields of a schema, by `Type.field`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weights {
    /// How long lists are. A list that is neither here nor takes `first` or `last` is reckoned to have ten items.
    pub sizes: &'static [(&'static str, Size)],
    /// What a field costs for each time that it is answered; 1 when it is not here.
    pub costs: &'static [(&'static str, u64)],
    /// Pages larger than this are refused by the fields themselves, so that the rest of the request can be answered.
    pub largest_page: Option<u64>,
    /// What a field costs more when the list that it stands in has a `filter`: nothing is kept of such a list, so it is looked through.
    pub of_filtered: &'static [(&'static str, u64)],
}

/// The length of a list of which nothing is known.
pub(super) const USUAL_LENGTH: u64 = 10;
/// The length of a page when neither an argument nor its default gives it.
pub(super) const USUAL_PAGE: u64 = 20;

/// How long a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Usually this long.
    Usually(u64),
    /// As long as the page that the field around it asks for by `first` or `last`, such as `nodes` of a connection.
    Page,
    /// As long as the list that is passed as this argument.
    Argument(&'static str),
}

impl Weights {
    pub(super) fn size(&self, place: &str) -> Option<Size> {
        self.sizes.iter().find(|(name, _)| *name == place).map(|(_, size)| *size)
    }

    pub(super) fn of_filtered(&self, place: &str) -> u64 {
        self.of_filtered.iter().find(|(name, _)| *name == place).map_or(0, |(_, cost)| *cost)
    }

    pub(super) fn cost(&self, place: &str) -> u64 {
        self.costs.iter().find(|(name, _)| *name == place).map_or(1, |(_, cost)| *cost)
    }
}
