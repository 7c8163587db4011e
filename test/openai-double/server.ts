import multipart from '@fastify/multipart';
import Fastify, { type FastifyInstance } from 'fastify';
import { serve } from './http/call';
import { addChat } from './routes/chat';
import { addControl } from './routes/control';
import { addEdits } from './routes/edits';
import { addFiles } from './routes/files';
import { addGenerations } from './routes/generations';
import { addModels } from './routes/models';
import { addModerations } from './routes/moderations';
import { addResponses } from './routes/responses';
import { invalidRequest } from './rules/errors';
import type { State } from './state';

/** Sixteen references of 50 MB each. */
const largestBody = 16 * 50 * 2 ** 20;

/** All paths of the double on one server, not yet listening. */
export function buildServer(state: State): FastifyInstance {
	const app = Fastify({ bodyLimit: largestBody, forceCloseConnections: true });
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
		addResponses(api, state);
		addChat(api, state);
		addModerations(api, state);
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
