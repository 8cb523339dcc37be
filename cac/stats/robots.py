"""Tells by the user agent who asked: a person's browser, a robot, or a machine (a library or a command-line client).

Pure rules, in this order: what calls itself a library is a machine; what speaks of robots, or gives a web or mail address to
complain to, is a robot (RFC 9309 and the customs of crawlers); what has no browser's shape at all is a robot too. Names of
devices and apps that only sound like robots (Cubot telephones, Baidu's and Naver's apps) are taken out first.

Silence, or a single character, is a machine's: a browser always sends a name, a script must be told to. Any other rubbish
(a number, "NULL", a piece of a shell) has no browser's shape and is a robot's. A person's app that names its device
("iPhone; iOS 17.1", "Dalvik", "CFNetwork") is a person's: its readers follow links.

RULES_VERSION, the day of the rules and which of that day, stands on each counted day: change it together with the rules.
"""

import re
from enum import StrEnum
from functools import lru_cache

RULES_VERSION = "2026-12-01.2"

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
    name = agent.strip(" '\"").lower()
    if len(name) < 2 or LIBRARY.match(name):
        return AgentClass.MACHINE
    rest = HARMLESS.sub(" ", PHONE.sub(" android 0 ", name)).strip()
    if CAMEL_BOT.search(agent) or DECLARED.search(name) or ROBOT.search(rest):
        return AgentClass.ROBOT
    if BARE_ADDRESS.search(rest) and not BRANDED_BROWSER.search(rest):
        return AgentClass.ROBOT
    if LIBRARY_INSIDE.search(rest):
        return AgentClass.MACHINE
    return AgentClass.PERSON if _has_a_browsers_shape(rest) else AgentClass.ROBOT


def _has_a_browsers_shape(agent: str) -> bool:
    if not MOZILLA.match(agent):
        return bool(OTHER_BROWSER.match(agent) or BROWSER_MARK.search(agent))
    companion = COMPATIBLE.search(agent)
    if companion and not (COMPANION_BROWSER.match(companion.group(1)) or BRANDED_COMPANION.search(agent)):
        return False
    return bool(ENGINE.search(agent)) and not STRANGE_END.search(agent)


def _any(*patterns: str) -> re.Pattern[str]:
    """One pattern for agents in small letters."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


# Browsers that give the address of their makers, as robots do.
BROWSERS_HOME = r"https?://(?:www\.)?(?:bsalsa|avantbrowser|qtweb|orcabrowser)\.(?:com|net)"

# What a browser or an app says of the telephone or television it runs on: any word may be a model's name.
PHONE = _any(
    r"(?<=\()linux;[^()]*(?:android|tizen|adr )(?:[^()]|\([^()]*\))*(?=\))",
    r"(?<=\s)linux;[^()]*android .*?(?=applewebkit|$)",
    r"windows phone[^()]*",
    r"\[fb(?:an|av|dv|_iab)[/;][^\]]*\]?",
)

# Names of devices, browsers and apps in which the rules below would see a robot's: they are taken out first.
HARMLESS = _any(
    r"cubot\w*",
    r"(?:android|ios)@[\d.]+|cordova-amazon-\w+|com\.yandex\.\w+",
    r"gwx:\w+|esobisubscriber|qqdownload|(?:fire|freemakevideo)download\w*|download (?:manager|station)|downloadspeed",
    r"baidubrowser|baiduboxapp|baiduhd|baidubox|bdbrowser|sp-engine|qtwebengine",
    r"360browser(?:\([^)]*\))?",
    r"naver ?\([^)]*\)|kakaotalk(?!-scrap)[ /]?[\d.]*|daum(?:apps|device)\w*",
    r"search ?(?:browser|app|webview)\w*|(?:yandex|petal|baidu|google|yahoo)search(?!bot)\w*(?=/)",
    r"sogou ?(?:mobile|mse|search|explorer)\w*",
    r"internet explorer|file explorer|via \w+\.google\.com|speedmode; proxy|applewatch|watch ?os",
    r"user-?agent:|safari(?:%20| )technology(?:%20| )preview|developerpreview",
    r"google-tr-[\w.-]+|i-?(?:macros|opus)-web-automation|masking-agent|leechcraft|buzzfeed/|embedsdk|"
    r"service (?:pack|\d\.\d+)",
    r"seznam\.cz/[\d.]+|,? ant\.com\b|\bweb\.de\b",
    BROWSERS_HOME,
)

# What a name begins with that is a library, a command-line client, a package manager or a media player.
LIBRARY = _any(
    r"(lib|ns)?curl\b|pycurl|php-curl|python-?curl|wget|fetch libfetch|uclient-fetch|aria2|axel|httpie|xh/|lwp|libwww|"
    r"w3c_validator$",
    r"python|aiohttp|httpx|urllib|requests/|httplib|grequests|mechanize|scrapy/|trafilatura|feedparser",
    r"java/|java1|jakarta|apache-http|apache-hc|okhttp|retrofit|jersey|unirest|asynchttp|ahc/|reactornetty|jetty|"
    r"jaunt|jodd|htmlunit|jsoup",
    r"go-http|go \d|go-resty|resty|req/v\d|fasthttp|colly|gocolly|go-network|grpc|golang",
    r"node|axios|got[ /(]|undici|superagent|request/|needle|phantom\.?js|deno|bun/|ky/|electron-fetch|nodejs",
    r"ruby|faraday|typhoeus|httparty|rest-client|http\.rb|excon|manticore|rest::client",
    r"php|guzzle|zend(?!esk)|symfony|http_request|snoopy|pear|wp-?cli|buzz/|laravel|cakephp|drupal|joomla",
    r"perl|www-mechanize|mojo|lwp::|http-tiny",
    r"dart|flutter|alamofire|afnetworking|swift|nsurl|urlsession|restsharp|dotnet|\.net|windows-http|winhttp|"
    r"microsoft win32|webclient",
    r"rust|reqwest|hyper/|ureq|surf/[\d.]+(?:-[\w.]+)?$|isahc|actix|tokio",
    r"hackney|finch|mint/|tesla|erlang|elixir|gun/|clj-|babashka|scalaj|sttp|akka|play-ws|http4s|dispatch|haskell|wreq",
    r"cpprest|cpr/|poco|boost|qt-?network|qnetwork|winet|wininet|wsdl|soap|gsoap|xmlrpc|delphi|indy|synapse(?! \(bot)|"
    r"lua|luasocket|r-curl|rcurl|r \(\d|httr|julia",
    r"postman|insomnia|paw/|rapidapi|hoppscotch|bruno|soapui|jmeter|gatling|k6/|vegeta|hey/|siege|apachebench|wrk|"
    r"locust|artillery|karate|newman",
    r"docker|containerd?s?/|cri-o|skopeo|podman|buildah|helm|kube|terraform|ansible|puppet|chef|salt/|pulumi|oras|"
    r"nerdctl",
    r"git/|git-|svn|mercurial|apt |apt-|debian apt|dnf|libdnf|yum|zypp|pacman|homebrew|npm|yarn|pnpm|pip/|conda|cargo|"
    r"maven|gradle|nuget|composer|gem/|bundler|rubygems|opkg|apk-|geoipupdate|microsoft-delivery|microsoft bits|"
    r"microsoft-cryptoapi",
    r"rclone|restic|s3cmd|aws-|boto|gsutil|azcopy|azure-|google-(http|api|cloud-sdk)|gvfs|davfs|cadaver|webdav|lftp|"
    r"transmission|bittorrent|utorrent|btwebclient|aria|deluge|qbittorrent",
    r"vlc|libvlc|mpv|mplayer|ffmpeg|lavf|gstreamer|kodi|xbmc|winamp|itunes/|applecoremedia|exoplayer|nsplayer|"
    r"windows-media|stagefright|foobar|roku/",
    r"htmlparser|http[-_ ]?client|httpclient|http-kit|http/|httpc|net/http|net::|mikrotik|powershell|ipinfo|openssl|"
    r"zgrab|bsrpc|dalvik/?$|android\.lvldm",
    r"msray|containers?/|localhost|[\w.+-]*(?<!check_)http(?!s?:|ing|scheck)[\w-]*(?:[/ ]|$)|\S*http-?client\S*/|"
    r"curb$|mget/|request\.js|twine/|embarcadero|spray-can|twisted|uri::fetch|www::|vert\.x|poe-component|/n software|"
    r"microsoft url|(?!opwv)\S*sdk[-/ ]",
    r"hubot|winhttp",
)

LIBRARY_INSIDE = _any(
    r"winhttp|libcurl|\bcurl/|powershell|python-|okhttp|http ?client|go-http|libwww-(?!mosaic)perl|guzzle|axios|"
    r"indy library|node-fetch|node\.js",
)

CAMEL_BOT = re.compile(r"Bot[A-Z]")

# What names a robot even where a telephone's name stands, and is never part of one.
DECLARED = _any(
    rf"(?!{BROWSERS_HOME})https?://",
    r"\(khtml, like gecko[;,] ?(?!google ?(?:wireless|weblight|publisher)|safari|like|chrome|surf)\w|"
    r"(?<!cu)bot/\d|\w-google(?:[/)]|$)|neustar wpm|link gecko|catchpoint|\bdmbrowser|[a-z]-user/\d|screenshot-generator",
)

# An address without its scheme: a robot's, unless a provider or a toolbar put its name into Internet Explorer's.
BARE_ADDRESS = _any(
    r"www\.",
    r"(?<=[a-z0-9-]{2})\.(?:com|net|org|info)\b(?![.\w-])",
    r"(?<=[a-z][a-z0-9-])\.(?:io|co|ai|app|dev|eu|de|fr|uk|nl|ru|cn|jp|kr|br|it|es|pl|cz|tech|cloud)\b(?![.\w-])",
)
BRANDED_BROWSER = _any(
    r"msie \d[\w.]*;.*windows|trident/\d|swrinfo:|^ucweb",
)

# What robots say of themselves, wherever it stands.
ROBOT = _any(
    r"https?:|https?%3a|(?<=[ (;,])\+\w+[.:/]|[\w.+-]@[\w-]+\.\w|\(at\)|\[at\]|\bat\s+\w+\s+dot\b| sec at |mailto|"
    r"contact[:/]",
    r"bot(?![a-z])|bots\b|robot",
    r"crawl|spider|spyder|scrap(?:e|ing|er|y|\b)|slurp|harvest|siphon|leech|grabber|ripper\b|sucker|download|"
    r"site ?copier",
    r"archive(?:r|bot|box|\.|\b)|archiving|wayback|heritrix|nutch|larbin|htdig|ht://|lucene|solr\b|elasticsearch",
    r"index(?:er|ing|ation)|fetch|search ?(?:engine|agent|service)",
    r"scan(?:ner|ning)|[a-z-]scan(?:[/ )]|$)|probe|monitor|uptime|watch(?:dog|change|er)|grader\b|observatory|"
    r"check(?:er|ing|host|ly|mark|r?\b)|valid(?:at|it)|verif|audit|inspect|tester\b|analy[sz]|statist|metrics?\b|"
    r"survey|census|research|detector|detection|discover(?:y|er)|recon\b|radar\b|sniff",
    r"preview|snippet|unfurl|link ?expand|embed(?:ly|s|der)|opengraph|oembed|thumb(?:nail|or\b|shot|sniper)|screen ?shot|"
    r"screenie|websnap|web ?thumb|binglocalsearch|swurl|googlemessages|favicon|richlink|link ?check|linkdex|linklint|"
    r"^whatsapp/|externalhit|facebookcatalog|meta-external|meta-web|skypeuri",
    r"^(?!.*(?:applewebkit|cfnetwork)/).*podcast",
    r"feed(?!back)|\brss|rss\b|reeder(?:/|for)|aggregat|syndicat|newsblur|news ?now|miniflux|inoreader|oldreader|"
    r"bloglines|subscribers?\b",
    r"headless|\(unknown; linux x86_64\)(?!.*qupzilla)|\(linux x86_64\).* safari/[\d.]+ (?!opr/|elementary)|"
    r"\stime/\d{10}|\d-snapshot\b|browser-?(?:base|use)\b|ttd-content|"
    r"phantomjs|zombie\.js|wkhtml|webkit2png|openvas|\bylt\b|\brigor\b|kimonolabs|debugbear|link ?tiger|"
    r"criteo|\bsiege/|selenium|webdriver|puppeteer|playwright|lighthouse|page ?speed|gtmetrix|pingdom|catchpoint|"
    r"dareboost|webpagetest|\bptst\b|speedcurve|datadog|new ?relic|dynatrace|site24|statuscake|nagios|zabbix|prtg|"
    r"blackbox|synthetic|gomez|alertsite|hetrix|freshping|better ?(?:stack|uptime)|uptrends|\bping\b|pinger|heartbeat|"
    r"health ?check|hotjar|mixnode|app ?insights|security ?headers|test ?(?:locally|agent|suite|runner)|"
    r"browser ?stack|sauce ?labs|datanyze|builtwith|wappalyzer|assetnote|hawkreader|amazon-|^snapchat$",
    r"agent\b|daemon|scheduler|webhook|extractor|\bparser\b|collector|retriev|gatherer|resolver|processor\b|importer|"
    r"optimi[sz]er|render(?:er|tron|ing)\b|notifier|generator|automat",
    r"(?:image|img|mail|email|media|link) ?-?proxy|web ?service|\bservice\b",
    r"\bseo|semrush|ahrefs|majestic|moz\.com|sistrix|backlink|\bserp|screaming|rank(?:er|ing)\b",
    r"gpt|openai|anthropic|claude|perplexity|cohere|mistral|gemini-|deepseek|\bllm|-ai\b|\bai-|chatglm|diffbot|"
    r"firecrawl|tavily",
    r"yeti\b|daumoa|\bdaum/|coccoc(?!_?browser)|baidu-|sogou |yisou|haosou|youdao|ichiro|hatena|y!j-(?!app)|"
    r"stackrambler|yandex(?!search|browser|\.browser|\.search)[\w.]*(?=/|$)|qwantify|exalead|voila|teoma(?!bar)|"
    r"jeeves|gigablast|mojeek|yacy|duckduckgo-|applenews|google-|"
    r"google(?:docs|web(?!light)|producer|imageproxy|association|other)|mediapartners|adsbot|adidx|msie_?crawler|"
    r"webmoney(?! advisor[;)])",
    r"vulnerab|exploit|nessus|nikto|nmap|masscan|sqlmap|acunetix|qualys|netsparker|wpscan|nuclei|gobuster|dirbust|"
    r"censys|shodan|expanseinc|paloalto|internet ?measurement|leakix|pentest|"
    r"security ?(?:scan|bot|research|monitor|test)|\(select\b|\bsleep\(|load_file\(|\$\{|jndi:|<script|/bin/|etc/passwd",
    r"library of congress|bibliotheque|webarchiv|sitemap|site ?improve|ads\.?txt|whois|certificate|"
    r"ssl ?-?(?:lab|scan|check|shed|test)|cloudflare|fastly|imperva|zoterotranslation",
    r"capture|insight|classif|cypress/|abuse|\bserver\b|measure|enrich|intelligen|reputation|malware|threat|"
    r"compliance|wcag|gdpr|consent|brand ?protect|dataset|corpus|linguis|scholar|experiment|"
    r"\btool\b|cluster|edge ?worker|dummy|hubspot|functionize|convertify",
    r"ad monitoring|copyright|plagiar|turnitin|affiliate|competit|lead ?radar",
    r"silktide|hardenize|observepoint|collapsify|sindup|marketgoo|readable/|watchtowr|foregenix|\biplabel|dejaclick|evaliant|"
    r"360jk|^swcd |sitebulb|netcraft|"
    r"\) splash |imgsizer|\bwpif\b|clarsentia|heimdall|msie or firefox mutant|newsai/",
    r"load ?(?:test|impact|storm)|wordpress|manage ?wp|jetpack|phpmyadmin|w3c[_-]|jigsaw|html ?tidy|teleport|httrack|"
    r"web ?(?:capture|zip|copier|whacker|reaper|stripper)|offline ?explorer|getright|go!zilla|flashget",
)

MOZILLA = re.compile(r"mozilla ?/ ?\d")
COMPATIBLE = re.compile(r"compatible(?! \()[;,:]?\s*\+?([^;)]*)")
COMPANION_BROWSER = _any(
    r"msie|mspie|konqueror|ibrowse|netfront|avant|opera(?!tor)|aweb|icab|omniweb|elinks|links|lynx|w3m|dillo|netsurf|galeon|"
    r"voyager|webtv|planetweb|hotjava|palmscape|blazer|polaris|windows|linux|x11|macintosh|android|ie ?\d|netscape|"
    r"mozilla/|"
    r"mosaic|amiga|arachne|netpositive|ncbrowser|u\s*$|cyberdog|iphone|ipad|nintendo|kindle|series|symbian|teleca|offbyone|"
    r"obigo|like",
    r"\s*$",
)
BRANDED_COMPANION = re.compile(r"compatible; [\w .-]+; (?:windows[\w .]*; )?(?:msie \d|windows nt|win\d)")
ENGINE = _any(
    r"applewebkit|gecko|khtml|webkit|trident|presto|blink|goanna|servo|netfront|msie|mspie|opera|konqueror|netscape|"
    r"safari|firefox|blackberry|symbian|nokia|nintendo|playstation|webtv|polaris|teleca|dolfin|\bbrew\b|"
    r"icab|omniweb|galeon|up\.browser|midp|bada|palmos|inferno|"
    r"ucbrowser|ucweb|jig browser|kindle|foma|ddipocket|willcom|docomo|dillo|netsurf|netpositive|risc os|aoltv|aol-|"
    r"dreamcast|hiptop|avantgo|windows|macintosh|x11|linux|android|iphone|ipad|amiga|os/2|beos|win95|win98|winnt|mac_p",
)
OTHER_BROWSER = _any(
    r"opera[ /]|operamini|dalvik/|(?:j2me/)?ucweb|surf/|uc browser|ucbrowser|juc |mqqbrowser|qqbrowser|onebrowser|ibrowser|"
    r"netfront|dv\(|nokia|sonyericsson|samsung|sec-|lg[-/ ]|lge|mot-|motorola|blackberry|docomo|kddi|softbank|vodafone|j-phone|"
    r"willcom|htc|zte|huawei|alcatel|sagem|sharp|philips|panasonic|sie-|siemens|palm|hbbtv|sleipnir|lunascape|galeon|"
    r"icab|konqueror|netscape|msie|ibrowse|amiga|cyberdog|hotjava|doris|avant browser|portalmmm|emobile|jig browser|"
    r"lynx|links |links/|elinks|w3m|dillo|netsurf|retawq|ncsa|mosaic|vms_mosaic|amaya|arora|emacs|uzbl|midori|surf$|"
    r"netpositive|ibm|contiki|iphone|ipad|ipod|instagram|fban|line/(?!\S* poker)|naver(?!-)|kakao|snapchat|pinterest/|"
    r"twitter for|reddit/|qwantmobile|biyubi|xiaomi|redmi|oppo|vivo|micromax|spice|lava|gionee|coolpad|lenovo|tiphone|karbonn|"
    r"nexian|celkon|intex|videocon|tecno|itel\b|infinix|haier|hisense|konka|k-touch|pantech|sanyo|toshiba|kyocera|"
    r"casio|hitachi|nec-|dopod|meizu|oneplus|realme|honor\b|amoi|bird[ _-]|tianyu|tcl[ _-]|doro[ /-]|asus[ _-]|"
    r"acer[ _-]|smarttv|opr/[\d.]+ omi/|voyager\d?/amiga|brew-applet|bunjalloo|com\.google\.googlemobile",
)
BROWSER_MARK = _any(
    r"profile/midp|configuration/cldc|midp-?\d|cldc-?\d|up\.browser|maui|browser/|wap-?browser|mobile safari/|"
    r"ucbrowser|opera mini|up\.link|\((?:iphone|ipad|ipod)|cfnetwork/[\d.]+.*(?:darwin|appletv)/|\(linux; u; |"
    r"(?:android|windows phone)[ /]\d|(?<=[(; ])ios \d|applewebkit/|(?:trident|gecko)/\d|playstation|ps ?vita|\bmre/|"
    r"iemobile[ /]\d|hbbtv|ce-html",
)
STRANGE_END = _any(
    r"^mozilla/5\.0 \((?![^()]*trident/)[^()]*\) "
    r"(?!gecko|applewebkit|khtml|like|netscape|ucbrowser|micromessenger|operamini|polaris|netfront|obigo|teleca|dolfin|presto|version|firefox|chromeframe)[\w.-]+(?:/[\d.]+)?$",
    r"^mozilla/[\d.]+\s*$",
    r"^mozilla/[\d.]+ (?:chrome|gecko|firefox|safari)/",
    r"^mozilla/[\d.]+ (?!\()(?!linux|mobile|win|gecko|galeon)[\w.-]+(/[\w.]+)?\s*$",
    r" safari/[\d.]+; [\w-]+/[\d.]+$",
    # Chrome of a desktop of today and a name without a version: browsers give both.
    r"\((?:windows nt 1\d\.0; win64; x64|x11; linux x86_64|macintosh; intel mac os x [\d_.]+)\) applewebkit/[\d.]+ "
    r"\(khtml, like gecko\) chrome/[\d.]+ safari/[\d.]+ (?!"
    r"[\w-]*(?:browser|webview|kiosk|steamdeck|brave|whale|maxthon|slack|teams|epic|endless|eolie|lock)$)[a-z-]+(?: [a-z]+)?$",
)
