// Bytes and times as the server's pages write them.

const UNITS = ["kB", "MB", "GB", "TB", "PB"];
const SPANS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

export function size(count) {
  if (count < 1000) return `${Math.round(count)} ${count === 1 ? "byte" : "bytes"}`;
  let value = count;
  let unit = "";
  for (unit of UNITS) {
    value /= 1000;
    if (value < 999.5) break;
  }
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

export function duration(seconds) {
  const rest = Math.max(1, Math.round(seconds));
  const index = SPANS.findIndex(([length]) => rest >= length);
  const [length, unit] = SPANS[index];
  const [smaller, smallUnit] = SPANS[index + 1] ?? [];
  const part = smaller ? Math.floor((rest % length) / smaller) : 0;
  return `${Math.floor(rest / length)} ${unit}` + (part ? ` ${part} ${smallUnit}` : "");
}
