//! Links that share an article.

use async_graphql::SimpleObject;

use crate::scalar::Url;

/// Addresses that share an article on other services.
#[derive(SimpleObject)]
pub(crate) struct ShareLinks {
    /// Opens a new mail.
    email: Url,
    /// Shares on Facebook.
    facebook: Url,
    /// Shares on LinkedIn.
    linkedin: Url,
    /// Shares in Telegram.
    telegram: Url,
    /// Shares on VK.
    vk: Url,
    /// Shares in WhatsApp.
    whatsapp: Url,
    /// Shares on X.
    x: Url,
}

impl ShareLinks {
    pub(super) fn new(url: &str, headline: &str) -> Self {
        let link = |base: &str, query: &[(&str, &str)]| {
            let mut link = url::Url::parse(base).expect("the bases below are addresses");
            // `+` for a space is a form's notation, which mail programs show as it is.
            let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            link.set_query(Some(&encoded.replace('+', "%20")));
            Url(link.into())
        };
        Self {
            email: link("mailto:", &[("subject", headline), ("body", url)]),
            facebook: link("https://www.facebook.com/sharer/sharer.php", &[("u", url)]),
            linkedin: link("https://www.linkedin.com/sharing/share-offsite/", &[("url", url)]),
            telegram: link("https://t.me/share/url", &[("url", url), ("text", headline)]),
            vk: link("https://vk.com/share.php", &[("url", url), ("title", headline)]),
            whatsapp: link("https://wa.me/", &[("text", &format!("{headline} {url}"))]),
            x: link("https://x.com/intent/post", &[("url", url), ("text", headline)]),
        }
    }
}
