"use strict";
(() => {
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const format = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  for (const time of document.querySelectorAll("time")) {
    const seconds = Math.round((Date.parse(time.dateTime) - Date.now()) / 1000);
    if (Number.isNaN(seconds)) continue;
    const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units.at(-1);
    time.after(` (${format.format(Math.trunc(seconds / length), unit)})`);
  }

  const filter = document.getElementById("filter");
  if (!filter) return;
  const needle = filter.querySelector("input");
  const shown = filter.querySelector("output");
  const rows = [...document.querySelectorAll("#route-list tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const apply = () => {
    const words = needle.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, place) => {
      row.hidden = !words.every((word) => texts[place].includes(word));
      if (!row.hidden) count += 1;
    });
    shown.textContent = `${count} of ${rows.length}`;
  };
  filter.hidden = false;
  needle.addEventListener("input", apply);
  // A browser that comes back to the page fills the field in again.
  apply();
})();
