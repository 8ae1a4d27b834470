//! Images: rights, focal point and the file that fits a width.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Object, SimpleObject, dataloader::Loader};
use entity::{image, image_rendition};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::{
    cache::{Kind as Changed, Tag},
    error::{Error, Result},
    node::Kind,
    scalar::Url,
    store::{ContextExt as _, Store},
};

/// An image with its files.
#[derive(Debug)]
pub(crate) struct ImageRow {
    image: image::Model,
    /// Narrowest first.
    renditions: Vec<image_rendition::Model>,
}

/// A picture.
#[derive(Clone)]
pub(crate) struct Image(Arc<ImageRow>);

impl Image {
    pub(crate) async fn load(ctx: &Context<'_>, id: i64) -> Result<Option<Self>> {
        Ok(ctx.load(ImageKey(id)).await?.map(Self))
    }

    /// The narrowest file that is at least `width` wide, else the widest.
    fn rendition(&self, width: Option<i32>) -> Option<&image_rendition::Model> {
        let files = &self.0.renditions;
        width.and_then(|width| files.iter().find(|file| file.width >= Some(width))).or_else(|| files.last())
    }

    fn address(&self, ctx: &Context<'_>, file: Option<&image_rendition::Model>) -> String {
        // An image that came without any file has no other address than its identifier.
        let href = file.map_or(self.0.image.uri.as_str(), |file| file.href.as_str());
        if href.starts_with('/') { format!("{}{href}", ctx.store().settings.public_url) } else { href.to_owned() }
    }
}

/// A picture or drawing, with its rights.
#[Object(cache_control(max_age = 300))]
impl Image {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Image.id(self.0.image.id)
    }

    /// Address of the file that fits best.
    async fn url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Pixels to fill: the narrowest file that is at least so wide, else the widest.")]
        width: Option<i32>,
    ) -> Result<Url> {
        if let Some(width) = width {
            checked_width("width", width)?;
        }
        Ok(Url(self.address(ctx, self.rendition(width))))
    }

    /// Width of the original in pixels.
    async fn width(&self) -> Option<i32> {
        self.0.image.width.or_else(|| self.rendition(None)?.width)
    }

    /// Height of the original in pixels.
    async fn height(&self) -> Option<i32> {
        self.0.image.height.or_else(|| self.rendition(None)?.height)
    }

    /// What it shows, for those who do not see it.
    async fn alt(&self) -> Option<&str> {
        self.0.image.alt.as_deref()
    }

    /// The line to show under it.
    pub(crate) async fn caption(&self) -> Option<&str> {
        self.0.image.caption.as_deref()
    }

    /// Whom to name: the photographer and the agency.
    async fn credit(&self) -> Option<&str> {
        self.0.image.credit.as_deref()
    }

    /// The copyright notice to show.
    async fn copyright_notice(&self) -> Option<&str> {
        self.0.image.copyright_notice.as_deref()
    }

    /// What may be done with it, in words.
    async fn usage_terms(&self) -> Option<&str> {
        self.0.image.usage_terms.as_deref()
    }

    /// What must stay in sight when the picture is cropped.
    async fn focal_point(&self) -> Option<FocalPoint> {
        Some(FocalPoint { x: self.0.image.focal_x?, y: self.0.image.focal_y? })
    }

    /// A CSS colour to show while the picture loads.
    async fn placeholder(&self) -> Option<&str> {
        self.0.image.placeholder.as_deref()
    }

    /// The value of an `srcset` attribute: one file for each of the widths, each once.
    async fn src_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Widths in pixels to choose files for, at most 20.")] widths: Vec<i32>,
    ) -> Result<String> {
        if widths.is_empty() || widths.len() > 20 {
            return Err(Error::bad_input("widths", format!("`widths` has {} values; pass 1 to 20", widths.len())));
        }
        let mut sources: Vec<String> = Vec::new();
        for width in widths {
            checked_width("widths", width)?;
            let file = self.rendition(Some(width));
            let address = self.address(ctx, file);
            let source = match file.and_then(|file| file.width) {
                Some(width) => format!("{address} {width}w"),
                None => address,
            };
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        Ok(sources.join(", "))
    }
}

fn checked_width(argument: &'static str, width: i32) -> Result<()> {
    if (1..=20_000).contains(&width) {
        return Ok(());
    }
    Err(Error::bad_input(argument, format!("`{argument}` holds {width}; a width is 1 to 20,000 pixels")))
}

/// A point of a picture, as parts of its width and height.
#[derive(SimpleObject)]
pub(crate) struct FocalPoint {
    /// From the left edge: 0 to 1.
    x: f64,
    /// From the top edge: 0 to 1.
    y: f64,
}

/// The image that has this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ImageKey(pub(crate) i64);

impl Loader<ImageKey> for Store {
    type Value = Arc<ImageRow>;
    type Error = Error;

    async fn load(&self, keys: &[ImageKey]) -> Result<HashMap<ImageKey, Arc<ImageRow>>> {
        let rows = image::Entity::find()
            .find_with_related(image_rendition::Entity)
            .filter(image::Column::Id.is_in(keys.iter().map(|key| key.0)))
            .order_by_asc(image_rendition::Column::Name)
            .all(self.reading(keys.iter().map(|key| Tag::id(Changed::Image, key.0))))
            .await?;
        let image = |(image, mut renditions): (image::Model, Vec<image_rendition::Model>)| {
            renditions.sort_by_key(|file| file.width.unwrap_or(i32::MAX));
            (ImageKey(image.id), Arc::new(ImageRow { image, renditions }))
        };
        Ok(rows.into_iter().map(image).collect())
    }
}
