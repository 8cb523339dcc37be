"""Who is a person, a robot or a machine by the user agent."""

import os
import time
from pathlib import Path

import pytest

from cac.stats import robots
from cac.stats.robots import AgentClass, class_of

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"

PEOPLE = [
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Whale/3.24.223.18 Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; WOW64) {CHROME} Safari/537.36 SE 2.X MetaSr 1.0",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0; .NET CLR 2.0.50727)",
    f"Mozilla/5.0 (Linux; Android 12; SM-G991N; wv) {CHROME} Mobile Safari/537.36;KAKAOTALK 2410430",
    f"Mozilla/5.0 (Linux; Android 13; SM-S918N; wv) {CHROME} Mobile Safari/537.36 NAVER(inapp; search; 1000; 12.4.4)",
    f"Mozilla/5.0 (Linux; Android 11; V2055A; wv) {CHROME} Mobile Safari/537.36 T7/12.7 SearchCraft/2.8.2 baiduboxapp/12.7",
    f"Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) {CHROME} Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 9; Expanse Discovery) {CHROME} Mobile Safari/537.36",
    f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.47(0x18002f2c) NetType/WIFI Language/zh_CN",
    f"{IPHONE} Mobile/15E148 Safari Line/13.16.0",
    f"{IPHONE} Mobile/15E148 DaumApps/7.0.5 DaumDevice/mobile",
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/440.0.0.31.105;FBDV/iPhone14,5;FBSN/iOS;FBLC/ko_KR]",
    "DoCoMo/2.0 N905i(c100;TB;W24H16)",
    "KDDI-TS3H UP.Browser/6.2_7.2.7.1.K.7.1.1.8 (GUI) MMP/2.0",
    "Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.6.4",
    "w3m/0.5.3+git20210102",
    "Links (2.21; Linux 5.4 x86_64; GNU C 9.3; text)",
]
PEOPLE_WITH_ODD_WORDS = [
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBDV/iPhone14,5;FBSN/iOS;FBCR/Vodafone.de;FBID/phone;FBLC/de_DE]",
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36 (Ecosia android@120.0.0.0)",
    f"Mozilla/5.0 (Windows NT 10.0; ARM; Lumia 950 Dual SIM) {CHROME} Safari/537.36 Edge/14.14393",
    f"Mozilla/5.0 (Windows NT 6.1; WOW64; chromeframe/32.0.1700.76) {CHROME} Safari/537.36",
    f"Mozilla/5.0 (X11; Fuchsia x86_64) {CHROME} Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 9; KFFOWI; wv) {CHROME} Mobile Safari/537.36 cordova-amazon-fireos/3.4.0",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows Phone OS 7.5; Trident/5.0; IEMobile/9.0; HTC; Radar C110e)",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/7.0; GWX:DOWNLOADED; InfoPath.3)",
    "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; www.example.org edition; .NET CLR 1.1.4322)",
    "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.0; Some Provider.net; .NET CLR 1.1.4322)",
    "Mozilla/4.0 (compatible; CompanyImage; Windows NT 6.1; WOW64; Trident/7.0)",
    "Mozilla/5.0 (Windows NT 6.3; Win64; x64; Trident/7.0; swrinfo: 3129:office.example.uk:17-01; rv:11.0) like Gecko",
    "Mozilla/5.0 (Nintendo WiiU) AppleWebKit/536.30 (KHTML, like Gecko) NX/3.0.4.2.12 NintendoBrowser/4.3.1.11264.EU",
    "Mozilla / 5.0 (Linux; Android 7.0; X1) AppleWebKit / 537.36 (KHTML, like Gecko) Chrome / 87.0 Mobile Safari / 537.36",
    "User-Agent: Mozilla/5.0 (Windows NT 6.1; WOW64; rv:52.0) Gecko/20100101 Firefox/52.0",
    "Safari%20Technology%20Preview/12603.1.6.0.2 CFNetwork/807.0.4 Darwin/16.0.0 (x86_64)",
    "SomeApp/2.17 (iPhone; iOS 17.1.2; Scale/3.00)",
    "Voyager3/AmigaOS3.1",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0; EntryProtect/5.6; PhishLock/4.2)",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0; WebMoney Advisor; .NET4.0C)",
    "UCWEB/2.0 (MIDP-2.0; U; Adr 4.4.2; m.example.com; X1) U2/1.0.0 UCBrowser/9.8.0.534 U2/1.0.0 Mobile",
    f"Mozilla/5.0 (Linux x86_64) {CHROME} Safari/537.36 OPR/46.0 OMI/4.13",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 15_5) {CHROME} Safari/537.36 Honorlock",
    f"Zendesk for iPhone {IPHONE} Mobile/11D257",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; University of X; SiteAdvisor)",
    "IBrowse/2.5.5 (Amiga; MorphOS 3.16; Build 25.99 68K)",
    "iCab/2.9.8 (Macintosh; U; PPC; Mac OS X)",
    "Mozilla/5.0 (Linux; Android 4.2.1; Nexus 5) AppleWebKit/535.19 (KHTML, like Gecko; googleweblight) Safari/535.19",
    "portalmmm/2.0 N410i(c20;TB)",
    "HbbTV/1.1.1 (;Samsung;SmartTV2014;T-NT14UDEUC-1060.4;;) WebKit",
    "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chr0me/87.0.4280.88 Safari/537.36 "
    "LG Browser/8.00.00(LGE; X1; 04.41.33); webOS.TV-2022; LG NetCast.TV-2013 Compatible (LGE, X1, wired)",
    "smarttv_X1_Build_123_Chromium_59.0.2883.91",
    "OPR/22.0.1481.0 OMI/4.2.12.29, SomeTV/0.0.0.0 (MAKER, X1, wired)",
    "TELEVISION/TV HBBTV/1.0 CE-HTML/1.0 X1/14.16.0",
    "Mozilla/5.0 (Phone-X1/E1;U;REX/1.0;BREW/3.1.5;240*320) POLARIS/6.2",
    "Mozilla/5.0 (X1; like Gecko; OpenBrowser) NetFront/3.4",
    "Mozilla/5.0 [en] (PalmOS; U; WebPro/3.5; Palm-X1)",
    "Phone1/v0100 Mozilla/4.0 (compatible; MSIE 6.0; Windows CE; IEMobile 7.11)",
    "(null) [FBAN/FBIOS;FBAV/146.0.0.73.91;FBDV/iPhone7,2;FBSN/iOS;FBLC/en_GB]",
    f"Mozilla/5.0 (Linux; Android 7.0; X1; wv) {CHROME} Mobile Safari/537.36 com.yandex.zen/4.4.0",
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36 SteamDeck",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 SOMEBROWSER",
    f"Mozilla/5.0 (Linux; Android 12; X1; wv) {CHROME} Mobile Safari/537.36 SomePodcasts/2024",
    "Podcasts/1750.2.1 CFNetwork/1494.0.7 Darwin/23.4.0",
    f"Mozilla/5.0 (Windows NT 10.0; WOW64) {CHROME} Safari/537.36 SOMEBROWSER",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 SomeBrowser/7.1",
    "Mozilla/4.0 (compatible; Mozilla/5.0 (Windows NT 6.1; rv:9.0) Gecko/20100101 Firefox/9.0; Windows NT 6.1; Trident/4.0)",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; WOW64; Trident/6.0) LBBROWSER",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; QQDownload 700; Service 1.00290; Google-TR-1)",
    "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Seznam.cz/1.0.15 Chrome/40.0 Safari/537.36",
    "Mozilla/5.0 (masking-agent; rv:52.0) Gecko/20100101 Firefox/52.0",
    "Mozilla/4.0 (compatible; Polaris 6.2; BREW 3.1.5; U; en)/240X400 LGE VX8575",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/531.0+ (KHTML, like Gecko, Safari/531.0+)",
]
ROBOTS = [
    "Mozilla/5.0 (compatible; Yeti/1.1; +https://naver.me/spd)",
    "Mozilla/5.0 (compatible; Daum/4.1; +http://cs.daum.net/faq/15/4118.html?faqId=28966)",
    "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) {CHROME} Mobile Safari/537.36 (compatible; Googlebot/2.1)",
    f"Mozilla/5.0 (Linux; Android 6.0.1; Moto G (4)) {CHROME} Mobile Safari/537.36 Chrome-Lighthouse",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Mozilla/5.0 (compatible; YandexBot/3.0)",
    "Y!J-ASR/0.1 crawler",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; SomethingNew/0.1)",
    "SomethingNew/0.1",
    "Mozilla/5.0",
    "ia_archiver",
]
ROBOTS_LIKE_BROWSERS = [
    f"Mozilla/5.0 (Linux; Android 8.0; Pixel 2; Storebot-Google/1.0) {CHROME} Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 4.1.2; Galaxy Nexus; GTmetrix https://gtmetrix.com/) {CHROME} Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; Some Search Console) Chrome/27.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X) Word/14.47.0",
    "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9.2.3) SomethingNew",
    "Mozilla/5.0 Chrome/10.0.613.0 Safari/534.15 SomethingNew/5.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/534.34 (KHTML, like Gecko) wkhtmltopdf Safari/534.34",
    "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; http://crawler.example.org)",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 SomeCookieScan/3.0",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36; Something-User/1.0",
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36 SomeStore-Google",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko, Somebody) Chrome/91.0 Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 4.2; Nexus 4 Build/JVP15Q; Catchpoint) {CHROME} Mobile Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; WOW64) {CHROME} Safari/537.36 DMBrowser/2.1 (BV)",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36 Silktide",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 SomethingNew",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36 something-new",
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36 Something New",
    "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) Something/1.2",
    f"Mozilla/5.0 (Linux x86_64) {CHROME} Safari/537.36 Something 0.7",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_6) AppleWebKit/537.36 (KHTML, like Gecko) Something/0.2.0-SNAPSHOT",
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:77.0) Gecko/20100101 Firefox/77.0 Time/1710000000000",
    "Mozilla/5.0 (compatible; Operator/1.0)",
    "SomePodcasts/2 - Dalvik/2.1.0 (Linux; U; Android 6.0.1; X1)",
    "LINE/10.1 poker",
    f"Mozilla/5.0 (Linux; Android 9; X1) {CHROME} Mobile Safari/537.36 SomethingMeasure",
    f"Mozilla/5.0 (Windows NT 6.1; WOW64) {CHROME} Safari/537.36 GdprSomething/2.0",
    f"Mozilla/5.0 (Linux; Android 9; X1) {CHROME} Mobile Safari/537.36 Some Insights",
    f"Mozilla/5.0 (Windows NT 6.1; Win64; x64) {CHROME} Safari/537.36'+(select load_file('x.example'))+'",
    f"Mozilla/5.0 (Windows NT 6.1; Win64; x64) {CHROME} Safari/537.36 ${{x:y}}",
    f"Thumbor/6.7.5, Mozilla/5.0 (Linux; Android 9; X1) {CHROME} Mobile Safari/537.36",
    "Naver-Something",
    "Voyager/1.0",
    "brew-script 1.0",
    "OPR/100 something",
]
RUBBISH = [
    "Mozilla", "NULL", "(null)", "$UA", "2849", "Array", "just somebody", "() { foo;};echo; /bin/bash -c id", "\x00\x01",
    "'; DROP TABLE visits; --", "<script>alert(1)</script>", "\N{PILE OF POO}\N{PILE OF POO}", "Accept-Encoding: gzip",
]  # fmt: skip
MACHINES = [
    "", "-", " ", "''", "1", "curl/8.4.0", "Wget/1.21.4", "python-requests/2.31.0", "Go-http-client/2.0", "okhttp/4.12.0",
    "axios/1.6.2",
    "Java/17.0.9", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", "PostmanRuntime/7.36.0", "libwww-perl/6.72",
    "Mozilla/5.0 (Windows NT; Windows NT 10.0; de-DE) WindowsPowerShell/5.1.22621",
]  # fmt: skip

AGENTS = Path(os.environ.get("CAC_AGENTS") or Path(__file__).resolve().parents[4] / "shared" / "data" / "agents-dev")


@pytest.mark.parametrize("agent", PEOPLE + PEOPLE_WITH_ODD_WORDS)
def test_browsers_and_apps_are_people(agent):
    assert class_of(agent) is AgentClass.PERSON


@pytest.mark.parametrize("agent", ROBOTS + ROBOTS_LIKE_BROWSERS + RUBBISH)
def test_what_declares_itself_or_has_no_browsers_shape_is_a_robot(agent):
    assert class_of(agent) is AgentClass.ROBOT


@pytest.mark.parametrize("agent", MACHINES)
def test_libraries_command_lines_and_silence_are_machines(agent):
    assert class_of(agent) is AgentClass.MACHINE


@pytest.mark.parametrize("name", ["robots", "machines", "browsers"])
def test_agents_of_all_families_are_what_they_are(name):
    """agents/*.txt: engines, AI agents, previewers, monitors, libraries, and what people use, written down from memory."""
    agents = (Path(__file__).with_name("agents") / f"{name}.txt").read_text().splitlines()
    expected = {"robots": AgentClass.ROBOT, "machines": AgentClass.MACHINE, "browsers": AgentClass.PERSON}[name]
    assert len(agents) >= 30
    assert [agent for agent in agents if class_of(agent) is not expected] == []


def test_no_agent_takes_long_however_it_is_made():
    for part in (
        "a",
        "(",
        "Android ",
        "+a",
        "a.",
        "a-",
        "at ",
        "linux;",
        "@",
        "a@",
        "(linux; android()",
        "bot",
        " ",
        "[fban;",
        "compatible; a; ",
        "msie 1;",
        "android ",
        "khtml, like gecko; ",
        "https",
        "swrinfo",
        "a.c",
        "cfnetwork/1",
        "search",
    ):
        started = time.perf_counter()
        class_of("Mozilla/5.0 (linux; " + part * 20_000)
        assert time.perf_counter() - started < 0.1


@pytest.mark.skipif(not AGENTS.is_dir(), reason="the lists of agents are not on this machine (CAC_AGENTS says where)")
def test_the_rules_catch_99_in_100_robots_and_1_in_1000_browsers_at_most():
    browsers, robots = ((AGENTS / name).read_text().splitlines() for name in ("browsers.txt", "robots.txt"))
    taken = [agent for agent in browsers if class_of(agent) is not AgentClass.PERSON]
    missed = [agent for agent in robots if class_of(agent) is AgentClass.PERSON]
    assert len(taken) <= len(browsers) / 1000, taken
    assert len(missed) <= len(robots) / 100, missed


@pytest.mark.skipif(not AGENTS.is_dir(), reason="the lists of agents are not on this machine (CAC_AGENTS says where)")
def test_nine_in_ten_libraries_are_machines_and_none_is_a_person():
    classes = [class_of(agent) for agent in (AGENTS / "libraries.txt").read_text().splitlines()]
    assert AgentClass.PERSON not in classes
    assert classes.count(AgentClass.MACHINE) >= 0.9 * len(classes)


def test_what_is_remembered_of_agents_is_short_however_long_they_are() -> None:
    before = robots._class_of.cache_info().currsize
    classes = {class_of("Mozilla/5.0 " + "x" * 600 + str(number) * 1000) for number in range(50)}
    assert len(classes) == 1
    assert robots._class_of.cache_info().currsize <= before + 1


def test_an_agent_is_judged_once_and_remembered() -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 (seen twice)"
    robots._class_of.cache_clear()
    first = class_of(agent)
    judged = robots._class_of.cache_info().misses
    assert [class_of(agent) for _ in range(5)] == [first] * 5
    found = robots._class_of.cache_info()
    assert (found.misses, found.hits) == (judged, 5)


def test_agents_that_never_come_twice_fill_no_memory() -> None:
    for number in range(robots.REMEMBERED_AGENTS + 500):
        class_of(f"curl/8.{number}")
    assert robots._class_of.cache_info().currsize == robots.REMEMBERED_AGENTS
