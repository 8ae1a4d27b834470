//! Pictures and their files.

use entity::article::PubStatus;

use super::{restriction::Limits, terms, view::View};
use crate::{
    address,
    draft::{Image, Rendition},
    reading::Defaults,
    text,
    wire::{self, MANY},
};

/// The picture that an item is; `None` when nothing identifies it.
pub(super) fn image(item: &View<'_>, defaults: &Defaults) -> Option<Image> {
    let renditions = renditions(item, |media_type| media_type.starts_with("image/"));
    let uri = item.text(&["uri"]).or_else(|| renditions.first().map(|file| file.href.clone()))?;
    let limits = Limits::of(item, defaults);
    let widest = renditions.iter().max_by_key(|file| file.width);
    let description = |roles: &[&str]| {
        let found = descriptions(item).into_iter().find(|(role, _)| roles.contains(&role.as_str()));
        found.map(|(_, text)| text)
    };
    Some(Image {
        alt: description(&["alttext", "alt"]),
        caption: description(&["caption", "", "text", "main", "summary"]),
        credit: credit(item, description(&["creditline", "credit"])),
        copyright_notice: copyright_notice(item),
        usage_terms: usage_terms(item),
        version: item.integer(&["version"]),
        status: Some(limits.status).filter(|status| *status != PubStatus::Usable),
        embargoed_until: limits.embargoed_until,
        expires_at: limits.expires_at,
        digital_source_type: terms::digital_source_type(item),
        width: widest.and_then(|file| file.width),
        height: widest.and_then(|file| file.height),
        focal_point: focal_point(item),
        placeholder: None,
        uri,
        renditions,
    })
}

/// Texts that describe the item, with their roles in lower case: `description_text` has the role `text`.
pub(super) fn descriptions(item: &View<'_>) -> Vec<(String, String)> {
    let listed = item.views(&["descriptions"]).into_iter().filter_map(|(_, description)| {
        let role = description.raw(&["role"]).unwrap_or_default().to_ascii_lowercase();
        Some((role, description.text(&["value"])?))
    });
    let mut found: Vec<(String, String)> = listed.collect();
    for (name, _) in item.entries() {
        if let Some(role) = name.strip_prefix("description_") {
            found.extend(item.text(&[&name]).map(|text| (role.to_owned(), text)));
        }
    }
    found.extend(item.text(&["description"]).map(|text| (String::new(), text)));
    found
}

fn credit(item: &View<'_>, described: Option<String>) -> Option<String> {
    if let Some(line) = item.text(&["creditline"]).or(described) {
        return Some(line);
    }
    let by = item.text(&["byline", "by"]);
    let holder = item.text(&["copyrightholder"]);
    match (by, holder) {
        (Some(by), Some(holder)) if !by.contains(&holder) => Some(format!("{by} / {holder}")),
        (by, holder) => by.or(holder),
    }
}

pub(super) fn copyright_notice(item: &View<'_>) -> Option<String> {
    item.text(&["copyrightnotice"]).or_else(|| Some(format!("© {}", item.text(&["copyrightholder"])?)))
}

/// All that is said of its use: each may restrict it.
pub(super) fn usage_terms(item: &View<'_>) -> Option<String> {
    let mut terms = item.text(&["usageterms"]);
    if let Some(rights) = item.view(&["rightsinfo"]) {
        if let Some(linked) = rights.text(&["linkedrights"]) {
            wire::add_terms(&mut terms, &linked);
        }
        if let (Some(language), Some(_)) = (rights.text(&["langid"]), rights.value(&["encodedrights"])) {
            wire::add_terms(&mut terms, &format!("Rights are expressed in {language}; ask the copyright holder."));
        }
    }
    terms
}

/// The files whose media type `wanted` takes, and those without a media type.
pub(super) fn renditions(item: &View<'_>, wanted: impl Fn(&str) -> bool) -> Vec<Rendition> {
    let mut files: Vec<Rendition> = Vec::new();
    for (key, view) in item.views(&["renditions"]) {
        let media_type =
            view.raw(&["contenttype", "mimetype"]).and_then(|text| text::folded(&text.to_ascii_lowercase()));
        if media_type.as_deref().is_some_and(|media_type| !wanted(media_type)) {
            continue;
        }
        let Some(href) = view.raw(&["href"]).and_then(|href| as_written(&href)) else {
            view.warn("href", "no address that starts with http:// or https://; the rendition is left out");
            continue;
        };
        if files.len() >= MANY {
            view.warn("", format!("more than {MANY} renditions; the others are left out"));
            break;
        }
        let name = view.text(&["name"]).or(key).unwrap_or_else(|| "rendition".to_owned());
        let numbered = format!("{name}-");
        let taken = files.iter().filter(|file| file.name == name || file.name.starts_with(&numbered)).count();
        let name = if taken == 0 { name } else { format!("{name}-{}", taken + 1) };
        files.push(Rendition {
            name,
            href,
            media_type,
            width: view.pixels(&["width"]),
            height: view.pixels(&["height"]),
        });
    }
    files
}

/// How long the item is played, in seconds.
pub(super) fn duration(item: &View<'_>) -> Option<f64> {
    let durations = item.views(&["renditions"]).into_iter().filter_map(|(_, view)| view.float(&["duration"]));
    durations.reduce(f64::max)
}

/// The address of a file, as the item spells it.
fn as_written(href: &str) -> Option<String> {
    address::join(href, None).filter(address::is_web).map(|_| href.trim().to_owned())
}

/// `poi` is in pixels of the rendition that it stands in.
fn focal_point(item: &View<'_>) -> Option<(f64, f64)> {
    item.views(&["renditions"]).into_iter().find_map(|(_, view)| {
        let point = view.view(&["poi"])?;
        let x = point.float(&["x"])? / view.float(&["width"]).filter(|width| *width > 0.0)?;
        let y = point.float(&["y"])? / view.float(&["height"]).filter(|height| *height > 0.0)?;
        ((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y)).then_some((x, y))
    })
}
