"""Tells by the user agent who asked: a person's browser, a robot, or a machine (a library or a command-line client).

Pure rules, in this order: what calls itself a library is a machine; what speaks of robots, or gives a web or mail address to
complain to, is a robot (RFC 9309 and the customs of crawlers); what has no browser's shape at all is a robot too. Names of
devices and apps that only sound like robots (Cubot telephones, Baidu's and Naver's apps) are taken out first.

RULES_VERSION stands on each counted day: change it together with the rules.
"""

import re
from enum import StrEnum
from functools import lru_cache

RULES_VERSION = "2026-11-23"

REMEMBERED_AGENTS = 4_096
LONGEST_AGENT = 600


class AgentClass(StrEnum):
    """Who stands behind a user agent."""

    PERSON = "person"
    ROBOT = "robot"
    MACHINE = "machine"


def class_of(agent: str) -> AgentClass:
    """Return the class of a User-Agent header, judged by its first 600 characters; none at all is a machine's."""
    return _class_of(agent[:LONGEST_AGENT])


@lru_cache(maxsize=REMEMBERED_AGENTS)
def _class_of(agent: str) -> AgentClass:
    is_bot = bool(CAMEL_BOT.search(agent))
    agent = agent.strip(" '\"").lower()
    if len(agent) < 2:
        return AgentClass.MACHINE
    if LIBRARY.match(agent):
        return AgentClass.MACHINE
    rest = HARMLESS.sub(" android ", agent)
    if is_bot or ROBOT.search(rest):
        return AgentClass.ROBOT
    if LIBRARY_INSIDE.search(rest):
        return AgentClass.MACHINE
    return AgentClass.PERSON if _has_a_browsers_shape(rest) else AgentClass.ROBOT


def _has_a_browsers_shape(agent: str) -> bool:
    if not MOZILLA.match(agent):
        return bool(OTHER_BROWSER.match(agent) or BROWSER_MARK.search(agent))
    companion = COMPATIBLE.search(agent)
    if companion and not COMPANION_BROWSER.match(companion.group(1)):
        return False
    if not ENGINE.search(agent) or STRANGE_END.search(agent):
        return False
    desktop = DESKTOP_CHROME.match(agent)
    return desktop is None or _is_plain_platform(desktop["platform"])


def _is_plain_platform(platform: str) -> bool:
    """Whether Chrome on a desktop computer says of it what Chrome says, and nothing of another program."""
    return all(PLATFORM_PART.fullmatch(part.strip()) for part in platform.split(";") if part.strip())


def _any(*patterns: str) -> re.Pattern[str]:
    """One pattern for agents in small letters."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


# Names of devices, browsers and apps in which the rules below would see a robot's: they are taken out first.
HARMLESS = _any(
    r"(?<=\()linux;[^()]*(?:android|tizen|adr )(?:[^()]|\([^()]*\))*(?=\))",
    r"(?<=\s)linux;[^()]*android .*?(?=applewebkit|$)",
    r"cubot\w*",
    r"baidubrowser|baiduboxapp|baiduhd|baidubox|bdbrowser|sp-engine|qtwebengine",
    r"360browser(?:\([^)]*\))?",
    r"naver ?\([^)]*\)|kakaotalk(?!-scrap)[ /]?[\d.]*|daum(?:apps|device)\w*",
    r"search ?(?:browser|app|webview)\w*|(?:yandex|petal|baidu|google|yahoo)search(?!bot)\w*(?=/)",
    r"sogou ?(?:mobile|mse|search|explorer)\w*",
    r"internet explorer|file explorer|via translate\.google\.com|speedmode; proxy|applewatch|watch ?os",
)

# What a name begins with that is a library, a command-line client, a package manager or a media player.
LIBRARY = _any(
    r"(lib)?curl\b|pycurl|php-curl|python-?curl|wget|fetch libfetch|uclient-fetch|aria2|axel|httpie|xh/|lwp|libwww|"
    r"w3c_validator$",
    r"python|aiohttp|httpx|urllib|requests/|httplib|grequests|mechanize|scrapy/|trafilatura|feedparser",
    r"java/|java1|jakarta|apache-http|apache-hc|okhttp|retrofit|jersey|unirest|asynchttp|ahc/|reactornetty|jetty|"
    r"jaunt|jodd|htmlunit|jsoup",
    r"go-http|go \d|go-resty|resty|req/v\d|fasthttp|colly|gocolly|go-network|grpc|golang",
    r"node|axios|got[ /(]|undici|superagent|request/|needle|phantom\.?js|deno|bun/|ky/|electron-fetch|nodejs",
    r"ruby|faraday|typhoeus|httparty|rest-client|http\.rb|excon|manticore|rest::client",
    r"php|guzzle|zend|symfony|http_request|snoopy|pear|wp-?cli|buzz/|laravel|cakephp|drupal|joomla",
    r"perl|www-mechanize|mojo|lwp::|http-tiny",
    r"dart|flutter|alamofire|afnetworking|swift|nsurl|urlsession|restsharp|dotnet|\.net|windows-http|winhttp|"
    r"microsoft win32|webclient",
    r"rust|reqwest|hyper/|ureq|surf/|isahc|actix|tokio",
    r"hackney|finch|mint/|tesla|erlang|elixir|gun/|ibrowse/|clj-|babashka|scalaj|sttp|akka|play-ws|http4s|dispatch|"
    r"haskell|wreq",
    r"cpprest|cpr/|poco|boost|qt-?network|qnetwork|winet|wininet|wsdl|soap|gsoap|xmlrpc|delphi|indy|synapse(?! \(bot)|lua|"
    r"luasocket|r-curl|rcurl|r \(\d|httr|julia",
    r"postman|insomnia|paw/|rapidapi|hoppscotch|bruno|soapui|jmeter|gatling|k6/|vegeta|hey/|siege|apachebench|wrk|"
    r"locust|artillery|karate|newman",
    r"docker|containerd?s?/|cri-o|skopeo|podman|buildah|helm|kube|terraform|ansible|puppet|chef|salt/|pulumi|oras|"
    r"nerdctl",
    r"git/|git-|svn|mercurial|apt |apt-|debian apt|dnf|libdnf|yum|zypp|pacman|homebrew|npm|yarn|pnpm|pip/|conda|"
    r"cargo|maven|gradle|nuget|composer|gem/|bundler|rubygems|opkg|apk-|geoipupdate|microsoft-delivery|"
    r"microsoft bits|microsoft-cryptoapi",
    r"rclone|restic|s3cmd|aws-|boto|gsutil|azcopy|azure-|google-(http|api|cloud-sdk)|gvfs|davfs|cadaver|webdav|"
    r"lftp|transmission|bittorrent|utorrent|btwebclient|aria|deluge|qbittorrent",
    r"vlc|libvlc|mpv|mplayer|ffmpeg|lavf|gstreamer|kodi|xbmc|winamp|itunes/|applecoremedia|exoplayer|nsplayer|"
    r"windows-media|stagefright|foobar|roku/",
    r"htmlparser|http[-_ ]?client|httpclient|http-kit|http/|httpc|net/http|net::|mikrotik|powershell|ipinfo|"
    r"openssl|zgrab|bsrpc|dalvik/?$|android\.lvldm",
    r"msray|containers?/|localhost|\S*http-?client\S*/|\S*sdk[-/ ]",
    r"hubot|winhttp",
)  # fmt: skip

LIBRARY_INSIDE = _any(
    r"winhttp|libcurl|\bcurl/|powershell|python-|okhttp|httpclient|go-http|libwww-(?!mosaic)perl|guzzle|axios|"
    r"node-fetch|node\.js",
)

CAMEL_BOT = re.compile(r"Bot[A-Z]")

# What robots say of themselves, wherever it stands.
ROBOT = _any(
    r"https?:|https?%3a|www\.|"
    r"(?<=[ (;,])\+\w+[.:/]|[\w.+-]@[\w-]+\.\w|\(at\)|\[at\]|\bat\s+\w+\s+dot\b| sec at |mailto|contact[:/]",
    r"[a-z0-9-]{2}\.(?:com|net|org|io|co|ai|app|dev|info|eu|de|fr|uk|nl|ru|cn|jp|kr|br|it|es|pl|cz|tech|cloud)\b(?![.\w-])",
    r"bot(?![a-z])|bots\b|robot",
    r"crawl|spider|spyder|scrap(?:e|ing|er|y)|slurp|harvest|siphon|leech|grabber|ripper\b|sucker|download|"
    r"site ?copier",
    r"archive(?:r|bot|\.|\b)|archiving|wayback|heritrix|nutch|larbin|htdig|ht://|lucene|solr\b|elasticsearch",
    r"index(?:er|ing|ation)|fetch|search ?(?:engine|agent|service)",
    r"scan(?:ner|ning)|probe|monitor|uptime|watch(?:dog|change|er)|check(?:er|ing|host|ly|mark)|valid(?:at|it)|"
    r"verif|audit|inspect|"
    r"tester\b|analy[sz]|statist|metrics?\b|survey|census|research|detector|detection|discover(?:y|er)|recon\b|"
    r"radar\b|sniff",
    r"preview|snippet|unfurl|link ?expand|embed(?:ly|s|der)|opengraph|oembed|thumb(?:nail|shot|sniper)|"
    r"screen ?shot|favicon|"
    r"richlink|link ?check|linkdex|linklint|^whatsapp/|externalhit|facebookcatalog|meta-external|meta-web|skypeuri",
    r"feed(?!back)|\brss|aggregat|syndicat|newsblur|news ?now|miniflux|inoreader|oldreader|bloglines|subscribers?\b",
    r"headless|phantomjs|selenium|webdriver|puppeteer|playwright|lighthouse|page ?speed|gtmetrix|pingdom|"
    r"catchpoint|dareboost|"
    r"webpagetest|\bptst\b|speedcurve|datadog|new ?relic|dynatrace|site24|statuscake|nagios|zabbix|prtg|blackbox|"
    r"synthetic|"
    r"gomez|alertsite|hetrix|freshping|better ?(?:stack|uptime)|uptrends|\bping\b|pinger|heartbeat|health ?check|"
    r"hotjar|mixnode|"
    r"app ?insights|security ?headers|test ?(?:locally|agent|suite|runner)|browser ?stack|sauce ?labs|datanyze|"
    r"builtwith|wappalyzer|"
    r"assetnote|hawkreader|amazon-|^snapchat$",
    r"agent\b|daemon|scheduler|webhook|extractor|\bparser\b|collector|retriev|gatherer|resolver|processor\b|importer|"
    r"optimi[sz]er|render(?:er|tron|ing)\b|notifier|generator|automat",
    r"(?:image|img|mail|email|media|link) ?-?proxy|web ?service|\bservice\b",
    r"\bseo|semrush|ahrefs|majestic|moz\.com|sistrix|backlink|\bserp|screaming|rank(?:er|ing)\b",
    r"gpt|openai|anthropic|claude|perplexity|cohere|mistral|gemini-|deepseek|\bllm|-ai\b|\bai-|chatglm|diffbot|"
    r"firecrawl|tavily",
    r"yeti\b|daumoa|\bdaum/|coccoc(?!_?browser)|baidu-|sogou |yisou|haosou|youdao|ichiro|hatena|y!j-(?!app)|"
    r"stackrambler|"
    r"yandex(?!search|browser|\.browser)\w*(?=/)|qwantify|exalead|voila|teoma|jeeves|gigablast|mojeek|yacy|"
    r"duckduckgo-|"
    r"applenews|google-|google(?:docs|web|producer|imageproxy|association|other)|mediapartners|adsbot|adidx|"
    r"msie_?crawler|webmoney",
    r"vulnerab|exploit|nessus|nikto|nmap|masscan|sqlmap|acunetix|qualys|netsparker|wpscan|nuclei|gobuster|dirbust|"
    r"censys|shodan|"
    r"expanseinc|paloalto|internet ?measurement|leakix|pentest|security ?(?:scan|bot|research|monitor|test)",
    r"library of congress|bibliotheque|webarchiv|sitemap|site ?improve|ads\.?txt|whois|certificate|"
    r"ssl ?-?(?:lab|scan|check|shed|test)|"
    r"cloudflare|fastly|imperva|zoterotranslation",
    r"ad monitoring|copyright|plagiar|turnitin|affiliate|competit|lead ?radar",
    r"load ?(?:test|impact|storm)|wordpress|manage ?wp|jetpack|phpmyadmin|w3c[_-]|jigsaw|html ?tidy|teleport|httrack|"
    r"web ?(?:capture|zip|copier|whacker|reaper|stripper)|offline ?explorer|getright|go!zilla|flashget",
)  # fmt: skip

MOZILLA = re.compile(r"mozilla/\d")
COMPATIBLE = re.compile(r"compatible[;,:]?\s*\+?([^;)]*)")
COMPANION_BROWSER = _any(
    r"msie|mspie|konqueror|ibrowse|netfront|avant|opera|aweb|icab|omniweb|elinks|links|lynx|w3m|dillo|netsurf|galeon|"
    r"voyager|webtv|planetweb|hotjava|palmscape|blazer|polaris|windows|linux|x11|macintosh|android|ie ?\d|netscape|"
    r"mosaic|amiga|arachne|cyberdog|iphone|ipad|nintendo|kindle|series|symbian|teleca|obigo|like",
    r"\s*$",
)
ENGINE = _any(
    r"applewebkit|gecko|khtml|webkit|trident|presto|blink|goanna|servo|netfront|msie|mspie|opera|konqueror|netscape|"
    r"safari|firefox|blackberry|symbian|nokia|nintendo|playstation|webtv|icab|omniweb|galeon|up\.browser|midp|bada|"
    r"kindle|"
    r"windows|macintosh|x11|linux|android|iphone|ipad|amiga|os/2|beos|win95|win98|winnt|mac_p",
)
DESKTOP_CHROME = re.compile(
    r"mozilla/5\.0 \((?P<platform>(?:x11|windows nt|macintosh)[^()]*)\) applewebkit/[\d.]+ \(khtml, like gecko\) .*chrome/",
)
PLATFORM_PART = _any(
    r"x11[\w ]*|wayland|gnu/linux|xbox[\w ]*|quest[\w ]*|avast|avg|u|"
    r"windows(?: nt)? ?[\d.]*|win64|wow64|x64|arm(?:64)?|arm_64|macintosh|"
    r"(?:intel|ppc) mac os x[\w. ]*|"
    r"(?:open|free|net|dragonfly)bsd[\w. ]*|linux[\w. -]*|cros [\w. ]+|ubuntu[\w./ -]*|fedora[\w./ -]*|"
    r"debian[\w./ -]*|"
    r"sunos[\w. ]*|haiku[\w. ]*|[a-z]{2}(?:[-_][a-z]{2})?|rv:[\d.]+|tizen[\w. ]*|smart-?tv|web0s|device_.*|touch|"
    r"tablet pc[\w. ]*|"
    r"\.net[\w. ]*|slcc\d|media center pc [\d.]+|infopath\.\d|en-us|k|trident/[\d.]+|gtb[\d.]+|vaio\w*|lcte|lcjb|"
    r"maar\w*|masm\w*",
)
OTHER_BROWSER = _any(
    r"opera[ /]|operamini|dalvik/|ucweb|uc browser|ucbrowser|juc |mqqbrowser|qqbrowser|onebrowser|ibrowser|"
    r"netfront|dv\(|nokia|sonyericsson|samsung|sec-|lg[-/ ]|lge|mot-|motorola|"
    r"blackberry|docomo|kddi|softbank|vodafone|j-phone|willcom|htc|zte|huawei|alcatel|sagem|sharp|philips|"
    r"panasonic|sie-|siemens|palm|"
    r"lynx|links |links/|elinks|w3m|dillo|netsurf|retawq|ncsa|mosaic|vms_mosaic|amaya|arora|emacs|uzbl|midori|"
    r"surf$|netpositive|ibm|contiki|"
    r"iphone|ipad|ipod|instagram|fban|line/|naver|kakao|snapchat|pinterest/|twitter for|reddit/|qwantmobile|biyubi|"
    r"xiaomi|redmi|oppo|vivo|micromax|spice|lava|gionee|coolpad|lenovo|tiphone|karbonn|nexian",
)
BROWSER_MARK = _any(
    r"profile/midp|configuration/cldc|midp-?\d|cldc-?\d|up\.browser|maui|browser/|wap-?browser|mobile safari/|"
    r"ucbrowser|opera mini|"
    r"cfnetwork/[\d.]+.*darwin/|\(linux; u; |android [\d.]+|applewebkit/|\bmre/",
)
STRANGE_END = _any(
    r"^mozilla/[\d.]+\s*$", r"^mozilla/[\d.]+ (?!\()(?!linux|mobile|win|gecko|galeon)[\w.-]+(/[\w.]+)?\s*$"
)
