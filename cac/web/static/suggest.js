// Suggestions below a search box: the combobox with a list of the ARIA Authoring Practices, each suggestion being a link.
// Without this module the box is a plain form.
const PAUSE = 150;

const attach = (input) => {
  const list = document.createElement("ul");
  const status = document.createElement("div");
  let links = [], chosen = -1, timer, asked;
  list.id = "suggestions";
  list.className = "suggest";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  status.className = "vh";
  status.setAttribute("role", "status");
  input.parentElement.append(list, status);
  const set = (name, value) => input.setAttribute(name, value);
  set("role", "combobox");
  set("aria-autocomplete", "list");
  set("aria-controls", list.id);

  const choose = (place) => {
    chosen = place;
    links.forEach((link, number) => link.setAttribute("aria-selected", number === place));
    if (place < 0) return input.removeAttribute("aria-activedescendant");
    set("aria-activedescendant", links[place].id);
    links[place].scrollIntoView({ block: "nearest" });
  };

  const show = (open) => {
    list.hidden = !open;
    set("aria-expanded", open);
    if (!open) choose(-1);
  };

  const fill = ({ suggestions, status: words }) => {
    links = suggestions.map((one, number) => {
      const link = document.createElement("a");
      const note = document.createElement("small");
      link.id = `suggestion-${number}`;
      link.href = one.address;
      link.lang = one.language;
      link.dir = "auto";
      link.tabIndex = -1;
      link.setAttribute("role", "option");
      note.textContent = one.detail;
      note.lang = document.documentElement.lang;
      link.append(one.label, note);
      return link;
    });
    list.replaceChildren(...links.map((link) => {
      const item = document.createElement("li");
      item.setAttribute("role", "presentation");
      item.append(link);
      return item;
    }));
    status.textContent = words;
    show(links.length > 0);
  };

  const ask = async () => {
    asked?.abort();
    const words = input.value.trim();
    if (words.length < 2 && !/[^\x00-\u024f]/.test(words)) return show(false);
    asked = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(words)}`, { signal: asked.signal });
      if (answer.ok && document.activeElement === input) fill(await answer.json());
    } catch { /* typed on, or no connection: the form still works */ }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(((chosen + 1 + step + links.length + 1) % (links.length + 1)) - 1);
    else if (event.key === "Escape") show(false);
    else if (event.key === "Enter" && chosen >= 0) links[chosen].click();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => setTimeout(() => list.contains(document.activeElement) || show(false), 200));
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  show(false);
};

document.querySelectorAll("input[data-suggest]").forEach(attach);
