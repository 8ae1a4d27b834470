//! Robots: told by what they say they are. The list is that of crawler-user-agents, which lives and is renewed every few weeks; behind it
//! stands what names of robots have in common, for those that no list has yet.
//!
//! What the list calls HTTP libraries (`curl`, `axios` and the like) is left off: a newsroom's own back end passes reads on with these.

use std::sync::LazyLock;

use regex::{Regex, RegexSet, RegexSetBuilder};

static PATTERNS: &str = include_str!("../../data/crawler-user-agents.txt");

/// What no reader's browser says.
const SIGNS: &[&str] = &[
    // The address of the owner.
    r"\+ ?(?:https?://|mailto:|[\w.-]+@)",
    r"compatible; [^)]*https?://",
    // The kind of program at the end of its name.
    r"(?i)[a-z](?:bot|crawler|spider|scraper|fetcher|pinger|validator)(?:[^a-z]|$)",
    r"(?i)\b(?:bot|crawler|spider|scraper|fetcher|pinger|validator)\b",
    // Browsers that programs run.
    r"(?i)headless|phantomjs|slimerjs|puppeteer|playwright|selenium|webdriver|\bcypress/|jsdom|htmlunit|zombie\.js|^splash\b",
    // Renderers, previews and measurements.
    r"(?i)prerender|rendertron|duplexweb|(?:url|link)[ _-]?preview|lighthouse|page ?speed|speedcurve|gtmetrix|\bPTST\b|sitebulb|admantx",
    // Those that look whether a site is there.
    r"(?i)uptime|pingdom|monitor|synthetic|health-?check|\bkube-probe\b|\bgooglehc\b|site24x7|catchpoint",
];

/// Phones and browsers whose names look like those of robots.
static READERS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\bcubot|\bsogou(?:mse|mobilebrowser|search)\b").expect("tested below"));

static BOTS: LazyLock<RegexSet> = LazyLock::new(|| {
    let patterns = PATTERNS.lines().chain(SIGNS.iter().copied());
    RegexSetBuilder::new(patterns).size_limit(64 << 20).dfa_size_limit(16 << 20).build().expect("tested below")
});

/// Whether `agent` is a robot that says so.
pub(super) fn is_bot(agent: &str) -> bool {
    BOTS.is_match(&READERS.replace_all(agent, "reader"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_are_told_from_readers() {
        for agent in ROBOTS.lines() {
            assert!(is_bot(agent), "{agent}");
        }
        for agent in BROWSERS.lines() {
            assert!(!is_bot(agent), "{agent}");
        }
        assert!(!is_bot(""));
    }

    const ROBOTS: &str = "\
Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.6723.69 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/143.0.0.0 Safari/537.36
Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse
Mediapartners-Google
Google-Safety
Google-Read-Aloud
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/49.0.2623.75 Safari/537.36 Google Favicon
Mozilla/5.0 (Linux; Android 8.0; Pixel 2 Build/OPD3.170816.012; DuplexWeb-Google/1.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/74.0.3729.131 Mobile Safari/537.36
Google-CloudVertexBot
Google-Extended
Google-NotebookLM
Google-Site-Verification/1.0
FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)
GoogleProducer; (+https://developers.google.com/search/docs/crawling-indexing/google-producer)
Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview) Chrome/131.0.0.0 Safari/537.36
Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com
Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)
Slack-ImgProxy (+https://api.slack.com/robots)
Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)
TelegramBot (like TwitterBot)
WhatsApp/2.23.20.0
Twitterbot/1.0
LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)
Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)
Pinterest/0.2 (+https://www.pinterest.com/bot.html)
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_1) AppleWebKit/600.2.5 (KHTML, like Gecko) Version/8.0.2 Safari/600.2.5 (Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots)
Iframely/1.3.1 (+https://iframely.com/docs/about)
Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)
Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)
Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)
Viber/13.3.0.22 CFNetwork/1128.0.1 Darwin/19.6.0
meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)
meta-externalfetcher/1.1
facebookcatalog/1.0
Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)
Claude-User/1.0
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-SearchBot/1.0; +searchbot@anthropic.com)
anthropic-ai
cohere-ai
Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com) AppleWebKit/537.36 (KHTML, like Gecko)
Mozilla/5.0 (compatible; Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot)
CCBot/2.0 (https://commoncrawl.org/faq/)
Diffbot/0.1
Mozilla/5.0 (compatible; YouBot (+http://www.you.com))
MistralAI-User/1.0
DuckAssistBot/1.0
Timpibot/0.8
omgili/0.5 +http://omgili.com
Mozilla/5.0 (compatible; ImagesiftBot; +imagesift.com)
Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1
Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/20.0.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Prerender (+https://github.com/prerender/prerender)
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79 Safari/537.36 Rendertron
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Cypress/12.0.0 Chrome/106.0.5249.51 Electron/21.0.0 Safari/537.36
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 Playwright/1.40
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36 Puppeteer
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 PTST/240101.120000
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 GTmetrix
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/61.0.3163.100 Safari/537.36 PingdomPageSpeed/1.0 (pingbot/2.0; +http://www.pingdom.com/)
Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)
Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)
Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/47 Safari/537.36 (StatusCake)
Site24x7
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36 DatadogSynthetics
NewRelicPinger/1.0
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112 Safari/537.36 Checkly/1.0 (https://www.checklyhq.com)
Better Uptime Bot Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36 RuxitSynthetic/1.0 v123
Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0; Catchpoint)
check_http/v2.2 (monitoring-plugins 2.2)
kube-probe/1.29
GoogleHC/1.0
GoogleStackdriverMonitoring-UptimeChecks(https://cloud.google.com/monitoring)
ELB-HealthChecker/2.0
Amazon-Route53-Health-Check-Service (ref 12345; report http://amzn.to/1vsZADi)
Blackbox Exporter/0.24.0
Zabbix 6.0
Mozilla/5.0 (compatible; Cloudflare-AlwaysOnline/1.0; +http://www.cloudflare.com/always-online)
Mozilla/5.0 (compatible; CloudFlare-Prefetch/0.1; +http://www.cloudflare.com/)
AhrefsSiteAudit
Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)
Screaming Frog SEO Spider/19.0
Sitebulb/7.0
Mozilla/5.0 (compatible; DotBot/1.2; +https://opensiteexplorer.org/dotbot; help@moz.com)
Mozilla/5.0 (compatible; proximic; +https://www.comscore.com/Web-Crawler)
Mozilla/5.0 (compatible; IAS Crawler; +https://integralads.com/)
ias-va/3.1 (+https://www.admantx.com/service-fetcher.html)
admantx-usaspb/3.1
GrapeshotCrawler/2.0
Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)
Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)
Mozilla/5.0 (Linux;u;Android 4.2.2;zh-cn;) AppleWebKit/534.46 (KHTML,like Gecko) Version/5.1 Mobile Safari/10600.6.3 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)
Mozilla/5.0 (Linux; Android 7.0;) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; PetalBot;+https://webmaster.petalsearch.com/site/petalbot)
Mozilla/5.0 (compatible; Yeti/1.1; +http://naver.me/spd)
Mozilla/5.0 (compatible; SeznamBot/4.0; +http://napoveda.seznam.cz/seznambot-intro/)
Mozilla/5.0 (compatible; Qwantify/2.4w; +https://www.qwant.com/)/2.4w
Mozilla/5.0 (compatible; YandexAccessibilityBot/3.0; +http://yandex.com/bots)
W3C_Validator/1.3 http://validator.w3.org/services
W3C-checklink/5.0
Mozilla/5.0 (compatible; NewsNow/1.0; +https://www.newsnow.co.uk)
Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)
Mozilla/5.0 (compatible; FreshRSS/1.20; https://freshrss.org)
Tiny Tiny RSS/21.01
Mastodon/4.2.1 (http.rb/5.1.1; +https://mastodon.social/)
http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.social/)
Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)
Mozilla/5.0 (compatible; MyOwnCrawler/1.0; +https://example.org/bot)
ExampleBot/1.0
Mozilla/5.0 (Windows NT 10.0; rv:78.0) Gecko/20100101 Firefox/78.0 ThingCrawler
SomeNewsScraper 2
Mozilla/5.0 (compatible; MonitorBackLinks/2.0)
okhttp-bot
Chrome-Lighthouse
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125 Safari/537.36 Speedcurve
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessEdg/120.0 Safari/537.36
Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0 SlimerJS/1.0
Splash
Mozilla/5.0 (compatible; MSIE 8.0; Windows NT 6.0) HtmlUnit/2.70";

    const BROWSERS: &str = "\
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36
Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.45 Mobile Safari/537.36
Mozilla/5.0 (Linux; Android 12; CUBOT KINGKONG 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (Linux; Android 10; NOTE 20 PRO CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (Linux; Android 7.0; CUBOT CHEETAH 2) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/69.0 Mobile Safari/537.36
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/465.0.0.41.107;FBBV/602060281;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]
Mozilla/5.0 (Linux; Android 14; SM-S918B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0 Mobile Safari/537.36 Instagram 330.0.0.40.92 Android
Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [Pinterest/iOS]
Mozilla/5.0 (Linux; Android 13; Pixel 7; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116 Mobile Safari/537.36 [Pinterest/Android]
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Twitter for iPhone/10.20
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 LinkedInApp/9.1.1
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Snapchat/12.0
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/13.0.0
Mozilla/5.0 (Linux; Android 13; SM-A536N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116 Mobile Safari/537.36 NAVER(inapp; search; 1000; 12.0.1)
Mozilla/5.0 (Linux; Android 13; SM-A536N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116 Mobile Safari/537.36;KAKAOTALK 2410300
Mozilla/5.0 (Linux; Android 13; SM-A536N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116 Mobile Safari/537.36 DaumApps/4.0
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/270.0 Mobile/15E148 Safari/604.1
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 DuckDuckGo/7 Safari/605.1.15
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122 YaBrowser/24.4.0 Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) coc_coc_browser/125.0 Chrome/119 Safari/537.36
Mozilla/5.0 (Linux; U; Android 10; zh-cn; MI 9) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/89 Mobile Safari/537.36 SogouMSE,SogouMobileBrowser/5.22
Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/58 Safari/537.36 SE 2.X MetaSr 1.0
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 baiduboxapp/13.0
Mozilla/5.0 (Linux; Android 13; Redmi) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/89 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.0
Mozilla/5.0 (Linux; U; Android 11; en-US; RMX) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100 UCBrowser/13.4 Mobile Safari/537.36
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.30 NetType/WIFI Language/zh_CN
Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116 Mobile Safari/537.36 musical_ly_2023 BytedanceWebview/d8a21c6 TikTok
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124 Electron/30 Safari/537.36 Slack_SSB/4.38
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Teams/1.6 Chrome/102 Electron/19 Safari/537.36
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 SmartNews/8.0
Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Flipboard/4.2
Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 AppleNews/1
Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 Chrome/76 TV Safari/537.36
Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) QtWebEngine/5.9 Chrome/56 Safari/537.36
Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10
Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5
Mozilla/5.0 (Linux; Android 10; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/100 like Chrome/100 Safari/537.36
Mozilla/5.0 (X11; U; Linux armv7l like Android; en-us) AppleWebKit/531.2+ (KHTML, like Gecko) Version/5.0 Safari/533.2+ Kindle/3.0+
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15 Epiphany/605.1.15
Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)
Mozilla/5.0 (compatible; Konqueror/4.5; Linux) KHTML/4.5.4 (like Gecko)
Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/1.1.1
w3m/0.5.3
ELinks/0.13.1 (textmode; Linux; 80x25)
Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15
curl/8.5.0
axios/1.7.9
node
undici
python-requests/2.31.0";
}
