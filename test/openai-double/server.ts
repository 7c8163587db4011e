import multipart from '@fastify/multipart';
import Fastify, { type FastifyInstance } from 'fastify';
import { serve } from './http/call';
import { addBatches } from './routes/batches';
import { addChat } from './routes/chat';
import { addControl } from './routes/control';
import { addEdits } from './routes/edits';
import { addFiles } from './routes/files';
import { addGenerations } from './routes/generations';
import { addModels } from './routes/models';
import { addModerations } from './routes/moderations';
import { addProvenance } from './routes/provenance';
import { addResponses } from './routes/responses';
import { addWebhooks } from './routes/webhooks';
import { invalidRequest } from './rules/errors';
import { ownPath } from './services';
import type { State } from './state';

/** Sixteen references of 50 MB each. */
const largestBody = 16 * 50 * 2 ** 20;

/** All paths of the double on one server, not yet listening. */
export function buildServer(state: State): FastifyInstance {
	const app = Fastify({
		bodyLimit: largestBody,
		forceCloseConnections: true,
		rewriteUrl: ({ url = '/' }) => ownPath(url),
	});
	// Bodies are parsed by the handlers, so that a broken one is in the journal too.
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
		done(null, body);
	});
	app.register(multipart);
	app.register(async (api) => {
		addModels(api, state);
		addGenerations(api, state);
		addEdits(api, state);
		addFiles(api, state);
		addBatches(api, state);
		addResponses(api, state);
		addWebhooks(api, state);
		addChat(api, state);
		addModerations(api, state);
		addProvenance(api, state);
		addControl(api, state);
		serve(api, state, ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], '/*', (call) => {
			throw invalidRequest(
				`Invalid URL (${call.entry.method} ${call.entry.path})`,
				null,
				null,
				404,
			);
		});
	});
	return app;
}
