//! `recordReads`: the mutation.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{Busy, Read, Reads, Reason, Receipt, endpoint::too_many_at_once};
use crate::{
    error::Error,
    http::client::Client,
    nullability::{Nullable, semantic_non_null},
    scalar::DateTime,
    store::ContextExt as _,
};

/// That someone has read an article.
#[derive(InputObject)]
pub(crate) struct ReadInput {
    /// The article: its slug, id, uri or address.
    article: String,
    /// Tells readers apart, such as the hash of a session; it is never stored. Without it they are told by their connection.
    reader: Option<String>,
    /// When it was read; now when left out. Holders of a token with the scope `record:reads` may say up to a day back, others 5 minutes, which
    /// counts as now.
    at: Option<DateTime>,
}

/// What became of the reads that were sent.
#[derive(SimpleObject)]
pub(crate) struct RecordedReads {
    /// How many are counted. They are saved when the answer is sent.
    accepted: i32,
    /// Those that are not counted, and why.
    refused: Vec<RefusedRead>,
}

/// A read that is not counted.
#[derive(SimpleObject)]
pub(crate) struct RefusedRead {
    /// Its place in the input, from 0.
    index: i32,
    /// Why.
    reason: Reason,
    /// Why, in words.
    message: String,
}

impl From<Receipt> for RecordedReads {
    fn from(Receipt { accepted, refused }: Receipt) -> Self {
        let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let refused = refused.into_iter().map(|refused| RefusedRead {
            index: number(refused.index),
            reason: refused.reason,
            message: refused.message,
        });
        Self { accepted: number(accepted), refused: refused.collect() }
    }
}

/// The root field that counts reads.
#[derive(Default)]
pub(crate) struct ReadMutation;

#[Object]
impl ReadMutation {
    /// Counts that articles were read: one read of a reader and article in 30 minutes. What is accepted is saved.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn record_reads(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The reads, 1,000 at most. `POST /reads` takes as many, in 64 KiB, or in 1 MiB with a token that has the scope `record:reads`."
        )]
        input: Vec<ReadInput>,
    ) -> Nullable<RecordedReads> {
        Some(
            async {
                let (Some(reads), Some(client)) = (ctx.data_opt::<Reads>(), ctx.data_opt::<Client>()) else {
                    return Err(Error::busy("Reads are not counted here.", None));
                };
                let input = input
                    .into_iter()
                    .map(|read| Ok(Read { article: read.article, reader: read.reader, at: read.at.map(|at| at.0) }));
                let store = ctx.store();
                let recorded = reads.record_for(input.collect(), client, &store.viewer, store.now).await;
                recorded.map(|receipt| Some(receipt.into())).map_err(|busy| match busy {
                    Busy::TooMany(wait) => Error::TooManyRequests { retry_after: wait.as_secs_f64().ceil() as u64 },
                    Busy::TooManyAtOnce(reads) => Error::bad_input("input", too_many_at_once(reads)),
                    Busy::Unsaved => {
                        Error::busy("Reads cannot be saved right now; send them again, they count once.", Some(2))
                    }
                    Busy::Failed(error) => error,
                })
            }
            .await,
        )
    }
}
