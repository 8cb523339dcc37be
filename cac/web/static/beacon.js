// Reports that this page was shown: it may have come out of a cache, so that the server did not see it. Once, after the page has
// loaded, and only when somebody can see it: not while the browser prepares it in advance or in a tab behind another.
const once = (target, event) => new Promise((resolve) => target.addEventListener(event, resolve, { once: true }));

// Of another site only its host is reported; of this one only its search page, so that cities learn which words led to them.
const cameFrom = (referrer) => {
  try {
    const address = new URL(referrer);
    if (address.origin !== location.origin) return address.host;
    const words = address.pathname.endsWith("/search") && address.searchParams.get("q");
    return words ? `${address.pathname}?q=${encodeURIComponent(words)}` : "";
  } catch {
    return "";
  }
};

const report = async () => {
  const token = document.querySelector("meta[name=view-token]")?.content;
  if (!token || !navigator.sendBeacon) return;
  if (document.prerendering) await once(document, "prerenderingchange");
  if (document.readyState !== "complete") await once(window, "load");
  while (document.visibilityState !== "visible") await once(document, "visibilitychange");
  navigator.sendBeacon("/b", `${token} ${cameFrom(document.referrer)}`.trim());
};

report();
