// Faults in how this page looks: sideways scrolling, faint words, targets too small to hit, controls without a name.
() => {
  const wrong = new Set();
  const report = (what, element) => wrong.add(`${what}: ${element.tagName} ${(element.textContent || element.id).trim().slice(0, 40)}`);
  const numbers = (colour) => { const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number); return [r, g, b, a]; };
  const laid = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const up = function* (element) { for (let one = element; one; one = one.parentElement) yield getComputedStyle(one); };
  const behind = (element) => [...up(element)].map((style) => numbers(style.backgroundColor)).reverse().reduce((below, top) => laid(top, below), [255, 255, 255]);
  const opacity = (element) => [...up(element)].reduce((all, style) => all * Number(style.opacity), 1);
  const linear = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const contrast = (element) => {
    const below = behind(element);
    const [r, g, b, a] = numbers(getComputedStyle(element).color);
    const [dark, bright] = [light(below), light(laid([r, g, b, a * opacity(element)], below))].sort((x, y) => x - y);
    return (bright + 0.05) / (dark + 0.05);
  };
  const isLarge = ({ fontSize, fontWeight }) => parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
  const hasWords = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const nameOf = (element) => element.ariaLabel || element.textContent.trim() || [...(element.labels ?? [])].map((label) => label.textContent).join("");

  if (document.documentElement.scrollWidth > innerWidth) wrong.add(`scrolls sideways: ${document.documentElement.scrollWidth}`);
  for (const element of document.body.querySelectorAll("*")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest("svg, script")) continue;
    if (hasWords(element) && contrast(element) < (isLarge(getComputedStyle(element)) ? 3 : 4.5)) report(`faint ${contrast(element).toFixed(2)}`, element);
    if (!element.matches("a, button, summary, select, textarea, input:not([type=hidden])") || element.matches(".skip")) continue;
    if (element.getBoundingClientRect().height < 24) report("too small to hit", element);
    if (!nameOf(element)) report("without a name", element);
  }
  return [...wrong];
}
