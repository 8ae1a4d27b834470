//! Images: rights, focal point and the file that fits a width.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{image, image_rendition};
use futures_util::try_join;
use sea_orm::{ActiveEnum as _, ColumnTrait, DbErr};

use crate::{
    article::PubStatus,
    cache::{Kind as Changed, Tag},
    error::{Error, Result},
    link::{Children, Columns, Family, Keyed, Laid, Small, col},
    node::Mark,
    nullability::{Nullable, semantic_non_null},
    owner::Owner,
    scalar::Url,
    store::{ContextExt as _, Store},
};

/// A picture.
#[derive(Clone)]
pub(crate) struct Image {
    image: Arc<image::Model>,
    /// Narrowest first.
    files: Family<Files>,
}

impl Image {
    /// The picture, if the viewer may see it.
    pub(crate) async fn load(ctx: &Context<'_>, id: i64) -> Result<Option<Self>> {
        let sight = ctx.store().sight();
        Ok(Self::listed(ctx, id).await?.filter(|picture| sight.reaches(picture.image.status)))
    }

    /// The picture of a list that names only those which the viewer may see.
    pub(crate) async fn listed(ctx: &Context<'_>, id: i64) -> Result<Option<Self>> {
        let (image, files) = try_join!(ctx.row::<image::Model>(id), ctx.children::<Files>(id))?;
        Ok(image.map(|image| Self { image, files }))
    }

    /// What its global id has beside the key.
    pub(crate) fn mark(&self) -> Mark {
        Mark::of(&self.image.uri)
    }

    /// The narrowest file that is at least `width` wide, else the widest.
    fn rendition(&self, width: Option<i32>) -> Option<&image_rendition::Model> {
        let files = || self.files.iter().map(|file| &**file);
        width.and_then(|width| files().find(|file| file.width >= Some(width))).or_else(|| files().next_back())
    }

    fn address(&self, ctx: &Context<'_>, file: Option<&image_rendition::Model>) -> String {
        // An image that came without any file has no other address than its identifier.
        let href = file.map_or(self.image.uri.as_str(), |file| file.href.as_str());
        if href.starts_with('/') { format!("{}{href}", ctx.store().settings.public_url) } else { href.to_owned() }
    }
}

/// A picture or drawing, with its rights.
#[Object(cache_control(max_age = 300))]
impl Image {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        self.mark().id(self.image.id)
    }

    /// Whether it may be shown; the public sees usable ones alone.
    async fn pub_status(&self) -> PubStatus {
        self.image.status.into()
    }

    /// Whose it is: imports of others do not change it. Null for those who may not see drafts.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Owner> {
        Owner::shown(ctx, &self.image.owner)
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
        self.image.width.or_else(|| self.rendition(None)?.width)
    }

    /// Height of the original in pixels.
    async fn height(&self) -> Option<i32> {
        self.image.height.or_else(|| self.rendition(None)?.height)
    }

    /// What it shows, for those who do not see it.
    async fn alt(&self) -> Option<&str> {
        self.image.alt.as_deref()
    }

    /// The line to show under it.
    pub(crate) async fn caption(&self) -> Option<&str> {
        self.image.caption.as_deref()
    }

    /// Whom to name: the photographer and the agency.
    async fn credit(&self) -> Option<&str> {
        self.image.credit.as_deref()
    }

    /// The copyright notice to show.
    async fn copyright_notice(&self) -> Option<&str> {
        self.image.copyright_notice.as_deref()
    }

    /// What may be done with it, in words.
    async fn usage_terms(&self) -> Option<&str> {
        self.image.usage_terms.as_deref()
    }

    /// What must stay in sight when the picture is cropped.
    async fn focal_point(&self) -> Option<FocalPoint> {
        Some(FocalPoint { x: self.image.focal_x?, y: self.image.focal_y? })
    }

    /// A CSS colour to show while the picture loads.
    async fn placeholder(&self) -> Option<String> {
        importer::colour(self.image.placeholder.as_deref()?)
    }

    /// How the picture came to be, as a code of IPTC's digital source types, such as `digitalCapture` for a photograph or
    /// `trainedAlgorithmicMedia` for one that a model made: <https://cv.iptc.org/newscodes/digitalsourcetype/>. Null when nobody has said so.
    async fn digital_source_type(&self) -> Option<&str> {
        self.image.digital_source_type.as_deref()
    }

    /// The value of an `srcset` attribute: one file for each of the widths, each once.
    #[graphql(directive = semantic_non_null::apply(None))]
    async fn src_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Widths in pixels to choose files for, at most 20.")] widths: Vec<i32>,
    ) -> Nullable<String> {
        Some(
            async {
                if widths.is_empty() || widths.len() > 20 {
                    return Err(Error::bad_input(
                        "widths",
                        format!("`widths` has {} values; pass 1 to 20", widths.len()),
                    ));
                }
                let mut sources: Vec<String> = Vec::new();
                for width in widths {
                    checked_width("widths", width)?;
                    let file = self.rendition(Some(width));
                    let address = Url(self.address(ctx, file));
                    // A comma at its end would end the candidate.
                    let address = address.safe();
                    let address = match address.strip_suffix(',') {
                        Some(rest) => format!("{rest}%2C"),
                        None => address.into_owned(),
                    };
                    let source = match file.and_then(|file| file.width) {
                        Some(width) => format!("{address} {width}w"),
                        None => address,
                    };
                    if !sources.contains(&source) {
                        sources.push(source);
                    }
                }
                Ok(Some(sources.join(", ")))
            }
            .await,
        )
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

impl Keyed for image::Model {
    const KIND: Changed = Changed::Image;

    fn key() -> impl ColumnTrait {
        image::Column::Id
    }
}

impl Small for image::Model {
    fn columns(_: &Store) -> Columns {
        use image::Column as I;
        Columns::default()
            .ints([I::Id, I::Version, I::Width, I::Height].map(col))
            .texts([
                I::Uri,
                I::Alt,
                I::Caption,
                I::Credit,
                I::CopyrightNotice,
                I::UsageTerms,
                I::Placeholder,
                I::Status,
                I::Owner,
                I::DigitalSourceType,
            ])
            .floats([I::FocalX, I::FocalY])
            .times([I::UpdatedAt])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.int(0)?,
            uri: row.text(0)?,
            version: row.int(1)?,
            alt: row.some_text(1)?,
            caption: row.some_text(2)?,
            credit: row.some_text(3)?,
            copyright_notice: row.some_text(4)?,
            usage_terms: row.some_text(5)?,
            width: row.some_int(2)?,
            height: row.some_int(3)?,
            focal_x: row.float(0)?,
            focal_y: row.float(1)?,
            placeholder: row.some_text(6)?,
            updated_at: row.time(0)?,
            status: image::PubStatus::try_from_value(&row.text(7)?)?,
            digest: None,
            owner: row.text(8)?,
            digital_source_type: row.some_text(9)?,
        })
    }

    fn weight(&self) -> usize {
        let texts = [&self.alt, &self.caption, &self.credit, &self.copyright_notice, &self.usage_terms];
        size_of_val(self)
            + self.uri.len()
            + self.owner.len()
            + texts.map(|text| text.as_ref().map_or(0, String::len)).iter().sum::<usize>()
    }
}

/// The files of an image, narrowest first.
pub(crate) struct Files;

impl Children for Files {
    type Row = image_rendition::Model;

    fn tag(image: i64) -> Tag {
        Tag::id(Changed::Image, image)
    }

    fn owner() -> impl ColumnTrait {
        image_rendition::Column::ImageId
    }

    fn arrange(files: &mut [Arc<image_rendition::Model>]) {
        files.sort_by(|one, other| {
            let width = |file: &image_rendition::Model| file.width.unwrap_or(i32::MAX);
            (width(one), &one.name).cmp(&(width(other), &other.name))
        });
    }
}

impl Small for image_rendition::Model {
    fn columns(_: &Store) -> Columns {
        use image_rendition::Column as R;
        let numbers = [R::ImageId, R::Width, R::Height].map(col);
        Columns::default().ints(numbers).texts([R::Name, R::Href, R::MediaType])
    }

    fn read(row: &Laid<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            image_id: row.int(0)?,
            name: row.text(0)?,
            href: row.text(1)?,
            media_type: row.some_text(2)?,
            width: row.some_int(1)?,
            height: row.some_int(2)?,
        })
    }

    fn weight(&self) -> usize {
        size_of_val(self) + self.name.len() + self.href.len() + self.media_type.as_ref().map_or(0, String::len)
    }
}
