// Adds what a page cannot do by itself: the search of the reference, and buttons that copy code.
// Without it the pages are whole: anchors, lists, links.
'use strict';

const MOST_FOUND = 40;
const RANK = { query: 30, mutation: 30, subscription: 30, field: 0 };

/** What can be found: each thing with an anchor, its name, its words. */
function things() {
  const found = [];
  for (const heading of document.querySelectorAll('article > h3[id]')) {
    const article = heading.parentElement;
    const word = heading.querySelector('.word').textContent;
    const about = article.querySelector(':scope > p:not(.deprecated, .answers, .uses)')?.textContent ?? '';
    found.push(thing(heading.id, heading.firstElementChild.textContent, word, about));
    for (const term of article.querySelectorAll('dt[id]')) {
      found.push(thing(term.id, term.id, 'field', term.nextElementSibling.textContent));
    }
  }
  return found;
}

function thing(id, name, word, about) {
  return { id, name, word, about, low: name.toLowerCase(), text: about.toLowerCase() };
}

/** How well a thing fits: the whole name, its beginning, a part of it, its description; 0 for not at all. */
function fit(thing, words) {
  // "cause link" means causeLink before anything else.
  let sum = thing.low === words.join('') ? 300 : 0;
  for (const word of sum > 0 ? [] : words) {
    const last = thing.low.slice(thing.low.lastIndexOf('.') + 1);
    if (last === word || thing.low === word) sum += 100;
    else if (last.startsWith(word) || thing.low.startsWith(word)) sum += 40;
    else if (thing.low.includes(word)) sum += 20;
    else if (thing.text.includes(word)) sum += 5;
    else return 0;
  }
  // What can be asked or done before types, and those before their fields; the shorter before the longer.
  return sum + (RANK[thing.word] ?? 10) - thing.name.length / 100;
}

function search(form) {
  const input = form.querySelector('input');
  const [count, list] = [form.querySelector('#search-count'), form.querySelector('#search-found')];
  let all;
  const show = () => {
    all ??= things();
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = words.length === 0 ? [] : all.map((it) => [fit(it, words), it]).filter(([points]) => points > 0);
    fits.sort(([a], [b]) => b - a);
    list.replaceChildren(...fits.slice(0, MOST_FOUND).map(([, it]) => row(it)));
    const shown = fits.length > MOST_FOUND ? `, the best ${MOST_FOUND} of them` : '';
    count.textContent = words.length === 0 ? '' : `${fits.length} found${shown}`;
  };
  input.addEventListener('input', show);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    list.querySelector('a')?.click();
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { input.value = ''; show(); }
  });
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input, textarea, select, [contenteditable]');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
  form.hidden = false;
}

function row({ id, name, word, about }) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  const small = document.createElement('small');
  link.href = `#${id}`;
  link.textContent = name;
  small.textContent = `${word}: ${about.length > 90 ? `${about.slice(0, 90)}…` : about}`;
  link.append(small);
  item.append(link);
  return item;
}

/** A button on each block of code; it says that it worked. */
function copying(block) {
  const around = document.createElement('div');
  const button = document.createElement('button');
  around.className = 'code';
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(block.textContent);
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 2_000);
  });
  block.replaceWith(around);
  around.append(block, button);
}

const form = document.querySelector('form.search');
if (form) search(form);
if (navigator.clipboard) document.querySelectorAll('pre').forEach(copying);
