//! Who may see what: the one rule for articles, galleries and pictures, so that no list, count or rank can forget it.

use sea_orm::entity::prelude::*;
use sea_orm::{
    Iterable as _,
    sea_query::{ExprTrait as _, SimpleExpr},
};
use serde::{Deserialize, Serialize};

/// Whether an item may be shown, as its editors set it (ninjs `pubStatus`).
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PubStatus {
    /// May be shown.
    #[default]
    Usable,
    /// Held back for now.
    Withheld,
    /// Killed.
    Canceled,
}

/// What someone may see of articles and galleries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    /// What the public may see at a moment: usable, published, out of embargo and not expired.
    Public(DateTimeUtc),
    /// Also what is held back, under embargo, expired or not published yet: what editors work on. Nothing that was killed.
    Drafts,
    /// Everything, also what was killed.
    All,
}

impl Sight {
    /// Whether it reaches what has nothing but a status.
    pub fn reaches(self, status: PubStatus) -> bool {
        match self {
            Self::Public(_) => status == PubStatus::Usable,
            Self::Drafts => status != PubStatus::Canceled,
            Self::All => true,
        }
    }
}

/// What `sight` reaches of what has nothing but a status, as a condition.
pub(crate) fn reached(status: impl ColumnTrait, sight: Sight) -> SimpleExpr {
    let seen = PubStatus::iter().filter(|status| sight.reaches(*status));
    status.is_in(seen)
}

/// What `sight` reaches, as a condition on status, publication, embargo and expiry.
pub(crate) fn visible<C: ColumnTrait>(columns: [C; 4], sight: Sight) -> SimpleExpr {
    let [status, published_at, embargoed_until, expires_at] = columns;
    match sight {
        Sight::Public(now) => status
            .eq(PubStatus::Usable)
            .and(published_at.lte(now))
            .and(embargoed_until.is_null().or(embargoed_until.lte(now)))
            .and(expires_at.is_null().or(expires_at.gt(now))),
        Sight::Drafts => status.ne(PubStatus::Canceled),
        Sight::All => status.is_not_null(),
    }
}
