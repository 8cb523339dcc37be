// Shows what web/suggesting offers for the words typed so far.
const input = document.querySelector("[data-suggest]");
const list = document.querySelector("#suggestions");
const option = list.firstElementChild.content.firstChild;
const status = list.nextElementSibling;
const links = list.children;
let chosen = -1, timer, asked;

const choose = (place) => {
  chosen = place;
  for (const link of links) link.ariaSelected = link === links[place];
  input.setAttribute("aria-activedescendant", links[place]?.id ?? "");
  links[place]?.scrollIntoView({ block: "nearest" });
};

const show = (open, words = "") => {
  list.hidden = !open;
  input.ariaExpanded = open;
  status.textContent = words;
  choose(-1);
};

const stop = () => {
  clearTimeout(timer);
  asked?.abort();
  show(false);
};

const fill = (one, number) => {
  const link = option.cloneNode(true), [label, detail] = link.children;
  link.id = `suggestion-${number}`;
  link.href = one.address;
  label.lang = one.language;
  label.textContent = one.label;
  detail.textContent = one.detail;
  return link;
};

const ask = async () => {
  const words = input.value.trim();
  if (!/..|[^ -ɏ]/.test(words)) return stop(); // a single Latin letter
  asked?.abort();
  asked = new AbortController();
  const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(words)}`, asked);
  const found = await answer.json();
  list.replaceChildren(...found.suggestions.map(fill));
  show(links.length > 0, found.status);
};

const wait = (event) => {
  if (event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(() => ask().catch(() => {}), 150);
};

const press = (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], places = links.length + 1;
  if (event.isComposing || list.hidden) return;
  if (step) choose(((chosen + 1 + step + places) % places) - 1);
  else if (event.key === "Escape") stop();
  else if (event.key === "Enter" && chosen >= 0) links[chosen].click();
  else return;
  event.preventDefault();
};

Object.assign(input, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: false, onblur: stop, oninput: wait, onkeydown: press });
input.addEventListener("compositionend", wait);
list.onmousedown = (event) => event.preventDefault();
