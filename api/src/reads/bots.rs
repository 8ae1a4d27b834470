//! Robots: told by what they say they are. The list is that of crawler-user-agents, which lives and is renewed every few weeks.
//!
//! What the list calls HTTP libraries (`curl`, `axios` and the like) is left off: a newsroom's own back end passes reads on with these.

use std::sync::LazyLock;

use regex::{RegexSet, RegexSetBuilder};

static PATTERNS: &str = include_str!("../../data/crawler-user-agents.txt");

static BOTS: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSetBuilder::new(PATTERNS.lines()).size_limit(64 << 20).dfa_size_limit(16 << 20).build().expect("tested below")
});

/// Whether `agent` is a robot that says so.
pub(super) fn is_bot(agent: &str) -> bool {
    BOTS.is_match(agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_are_told_from_readers() {
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36",
            "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        ] {
            assert!(is_bot(agent), "{agent}");
        }
        for agent in [
            "",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            "curl/8.5.0",
            "axios/1.7.9",
        ] {
            assert!(!is_bot(agent), "{agent}");
        }
    }
}
