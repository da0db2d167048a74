// node consumer.mjs MODEL CROPS ANSWERS: answers the crops of a folder, which has
// crops.json: [{"height", "width", "channels", "order"}, …] and levels.bin: their levels, end to end.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Eyes, row } from "./eye.mjs";

const [model, folder, answers] = process.argv.slice(2);
const levels = readFileSync(join(folder, "levels.bin"));
const eyes = await Eyes.open(model);
const rows = [];
const probabilities = [];
let at = 0;
for (const crop of JSON.parse(readFileSync(join(folder, "crops.json"), "utf8"))) {
  const count = crop.height * crop.width * crop.channels;
  crop.data = levels.subarray(at, at + count);
  at += count;
  rows.push(Buffer.from(row(crop, eyes.spec)).toString("base64"));
  probabilities.push(...await eyes.predict([crop]));
}
const { spec, threshold } = eyes;
writeFileSync(answers, JSON.stringify({ spec, threshold, rows, probabilities }));
