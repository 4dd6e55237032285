// OpenAI's own client, unchanged: uploads a file, runs a batch, and downloads its output.
import fs from 'node:fs';
import OpenAI from 'openai';

const [, , baseURL, input, output] = process.argv;
const client = new OpenAI({ apiKey: 'any', baseURL, maxRetries: 10 });

const file = await client.files.create({ file: fs.createReadStream(input), purpose: 'batch' });
let batch = await client.batches.create({
  input_file_id: file.id,
  endpoint: '/v1/responses',
  completion_window: '24h',
});
console.log(batch.id);
while (!['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  batch = await client.batches.retrieve(batch.id);
  console.log(batch.status, batch.request_counts.completed);
}
const content = await client.files.content(batch.output_file_id);
fs.writeFileSync(output, await content.text());
