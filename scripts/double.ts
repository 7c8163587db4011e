/** npm run double: the mock OpenAI server. */

import { parseArgs } from 'node:util';
import { startDouble } from '../test/openai-double';

const usage = `Usage: npm run double -- [--port 8787] [--latency 0] [--ipm 0] [--plain]

  --port     port on 127.0.0.1 (8787)
  --latency  milliseconds that making an image takes (0)
  --ipm      images per minute before 429 answers (no limit)
  --plain    flat images that cost no CPU`;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '8787' },
			latency: { type: 'string', default: '0' },
			ipm: { type: 'string' },
			plain: { type: 'boolean', default: false },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) {
		console.log(usage);
		return;
	}
	const double = await startDouble({
		port: Number(values.port),
		latencyMs: Number(values.latency),
		imagesPerMinute: values.ipm === undefined ? undefined : Number(values.ipm),
		drawing: values.plain ? 'plain' : 'full',
	});
	const root = double.url.replace(/\/v1$/, '');
	console.log(`Mock OpenAI server: ${double.url}

  In n8n: a "GPT Image API" credential with this as Base URL and any API key that begins with "sk-".
  From code: new OpenAI({ baseURL: '${double.url}', apiKey: 'sk-test' })
  Journal of all calls: ${root}/__journal
  To provoke an error, put a marker such as [[429 2]], [[moderation]] or [[cut]] into a prompt.

Ctrl+C stops it.`);
	const stop = () => {
		void double.close().then(() => process.exit(0));
	};
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

void main();
