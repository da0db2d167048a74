// From the raw crop of an eye to the probability that it is closed: model.onnx and ONNX Runtime, no
// code of Blink's. docs/onnx.md has the formulas. A crop is {height, width, channels, order, data}:
// 1 channel (grey) or 3 in the order "rgb" or "bgr"; data are its levels, a Uint8Array, row by row.
import { readFileSync } from "node:fs";
import ort from "onnxruntime-node";

const float = Math.fround; // where cv2 computes in single precision, every step is rounded to it
const known = {
  colour: ["grey", "rgb"],
  crop_rule: ["stretch"],
  kernel: ["area"],
  normalisation: ["unit", "standardise"],
};

export class Eyes {
  static async open(path) {
    const bytes = readFileSync(path);
    const said = metadata(bytes);
    const eyes = new Eyes();
    eyes.spec = JSON.parse(said["blink.input_spec"]);
    for (const [key, values] of Object.entries(known)) {
      const value = eyes.spec[key];
      if (!values.includes(value)) throw new Error(`${path}: unknown ${key} ${value}`);
    }
    eyes.threshold = JSON.parse(said["blink.operating_point"]).threshold;
    eyes.session = await ort.InferenceSession.create(bytes);
    return eyes;
  }

  async predict(crops) { // probabilities of *closed*; an eye counts as closed from the threshold on
    const rows = crops.map((crop) => row(crop, this.spec));
    const data = new Uint8Array(rows.flatMap((levels) => [...levels]));
    const { height, width, colour } = this.spec;
    const shape = [crops.length, colour === "grey" ? 1 : 3, height, width];
    const answer = await this.session.run({ crops: new ort.Tensor("uint8", data, shape) });
    return [...answer.p_closed.data];
  }
}

export function row(crop, spec) { // one row of `crops`: channels × height × width, plane by plane
  const count = crop.height * crop.width * crop.channels;
  if (crop.data.length !== count) throw new Error(`${crop.data.length} levels, not ${count}`);
  const coloured = spec.colour === "grey" ? grey(crop) : rgb(crop);
  const resized = resize(coloured, spec.height, spec.width);
  const { channels, data } = spec.normalisation === "unit" ? resized : standardise(resized);
  const plane = spec.height * spec.width;
  return data.map((_, i) => data[(i % plane) * channels + Math.floor(i / plane)]);
}

export function grey(crop) {
  if (crop.channels === 1) return crop;
  const [red, blue] = crop.order === "bgr" ? [2, 0] : [0, 2];
  const data = new Uint8Array(crop.height * crop.width);
  for (let i = 0; i < data.length; i++) {
    const [r, g, b] = [crop.data[3 * i + red], crop.data[3 * i + 1], crop.data[3 * i + blue]];
    data[i] = (9798 * r + 19235 * g + 3735 * b + 16384) >> 15;
  }
  return { ...crop, channels: 1, data };
}

export function rgb(crop) {
  const from = crop.channels === 1 ? [0, 0, 0] : crop.order === "bgr" ? [2, 1, 0] : [0, 1, 2];
  const data = new Uint8Array(3 * crop.height * crop.width);
  for (let i = 0; i < data.length; i++) {
    data[i] = crop.data[crop.channels * Math.floor(i / 3) + from[i % 3]];
  }
  return { ...crop, channels: 3, order: "rgb", data };
}

export function resize(crop, height, width) {
  if (crop.height === height && crop.width === width) return crop;
  const shrinks = crop.height >= height && crop.width >= width;
  const level = (shrinks ? area : bilinear)(crop, height, width);
  const data = new Uint8Array(height * width * crop.channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < crop.channels; c++) data[i++] = level(y, x, c);
    }
  }
  return { ...crop, height, width, data };
}

function area(crop, height, width) { // cv2.INTER_AREA: the mean over what a pixel covers
  const [down, right] = [1 / (height / crop.height), 1 / (width / crop.width)];
  const [rows, columns] = [covered(crop.height, height, down), covered(crop.width, width, right)];
  const whole = [down, right].every((scale) => Math.abs(scale - even(scale)) < Number.EPSILON);
  return (y, x, c) => {
    let sum = 0;
    for (const [row, high] of rows[y]) {
      let line = 0;
      for (const [column, wide] of columns[x]) {
        const level = crop.data[(row * crop.width + column) * crop.channels + c];
        line = whole ? line + level : float(line + float(level * wide));
      }
      sum = whole ? sum + line : float(sum + float(line * high));
    }
    if (!whole) return even(sum);
    if (rows[y].length === 2 && columns[x].length === 2) return (sum + 2) >> 2;
    return even(float(sum * float(1 / (rows[y].length * columns[x].length))));
  };
}

function covered(from, to, scale) { // for each target pixel: [source pixel, its share], …
  return Array.from({ length: to }, (_, target) => {
    const [start, end] = [target * scale, target * scale + scale];
    const cell = Math.min(scale, from - start);
    const last = Math.min(Math.floor(end), from - 1);
    const first = Math.min(Math.ceil(start), last);
    const shares = [];
    if (first - start > 1e-3) shares.push([first - 1, float((first - start) / cell)]);
    for (let source = first; source < last; source++) shares.push([source, float(1 / cell)]);
    if (end - last > 1e-3) shares.push([last, float(Math.min(end - last, 1, cell) / cell)]);
    return shares;
  });
}

function bilinear(crop, height, width) { // cv2.INTER_LINEAR: weights are whole 2048ths
  const rows = between(crop.height, height);
  const columns = between(crop.width, width).map((found) => (found.outside ? sharp(found) : found));
  return (y, x, c) => {
    const { first, second, near, far } = columns[x];
    const line = (row) => {
      const at = (column) => crop.data[(row * crop.width + column) * crop.channels + c];
      return (at(first) * near + at(second) * far) >> 4;
    };
    const [above, below] = [line(rows[y].first), line(rows[y].second)];
    return (((rows[y].near * above) >> 16) + ((rows[y].far * below) >> 16) + 2) >> 2;
  };
}

function between(from, to) { // for each target pixel: two source pixels and their weights
  const scale = 1 / (to / from);
  const inside = (source) => Math.min(from - 1, Math.max(0, source));
  return Array.from({ length: to }, (_, target) => {
    const centre = float((target + 0.5) * scale - 0.5);
    const before = Math.floor(centre);
    const part = float(centre - before);
    const [near, far] = [even(float(1 - part) * 2048), even(part * 2048)];
    const outside = before < 0 || before >= from - 1;
    return { first: inside(before), second: inside(before + 1), near, far, outside };
  });
}

function sharp(found) { // beyond the middle of the outermost column, cv2 weighs that one alone
  return { ...found, near: 2048, far: 0 };
}

export function standardise(crop) {
  const n = crop.data.length;
  const sum = crop.data.reduce((total, x) => total + x, 0);
  const squares = crop.data.reduce((total, x) => total + x * x, 0);
  const gain = even((32768 * n) / Math.sqrt(n * squares - sum * sum + 4 * n * n));
  const offset = even((131072 * n - sum * gain) / n);
  const level = (x) => Math.min(255, Math.max(0, even((gain * x + offset) / 1024)));
  return { ...crop, data: crop.data.map(level) };
}

export function even(value) { // rounds to whole numbers, ties to the even one
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

export function metadata(bytes) { // {"blink.input_spec": JSON, …}: field 14 of ONNX's ModelProto
  const text = new TextDecoder();
  const entries = fields(bytes).filter(([number]) => number === 14).map(([, entry]) => {
    const pair = Object.fromEntries(fields(entry));
    return [text.decode(pair[1]), text.decode(pair[2])];
  });
  return Object.fromEntries(entries);
}

function fields(bytes) { // protobuf: [number, bytes] of every field that has a length
  const found = [];
  let at = 0;
  const varint = () => {
    for (let value = 0, place = 1; ; place *= 128) {
      const byte = bytes[at++];
      value += (byte % 128) * place;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const [number, kind] = [Math.floor(key / 8), key % 8];
    if (kind === 0) varint();
    else if (kind === 1 || kind === 5) at += kind === 1 ? 8 : 4;
    else {
      const length = varint();
      found.push([number, bytes.subarray(at, at + length)]);
      at += length;
    }
  }
  return found;
}
