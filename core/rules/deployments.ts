/** Names that an account gives to models: deployments at Azure, aliases at a gateway. */

import { invalidParameter } from '../errors';
import { labels } from './labels';
import { toText } from './parameters';

/**
 * @param value the credential's field: a line for each, `name = model`
 * @throws invalid_parameter naming the line
 */
export function checkDeployments(value: unknown): ReadonlyMap<string, string> {
	const models = new Map<string, string>();
	for (const [index, line] of toText(value).split('\n').entries()) {
		if (line.trim() === '') continue;
		const [name = '', model = '', more] = line.split('=').map((part) => part.trim());
		const isTwice = models.has(name);
		if (name === '' || model === '' || more !== undefined || isTwice) {
			throw invalidParameter(
				'deployments',
				`Line ${index + 1} of '${labels.deployments}' in the credential ${isTwice ? `names ${name.slice(0, 100)} a second time` : 'does not have the form name = model'}`,
				'Enter one deployment per line, e.g. marketing-images = gpt-image-2.',
			);
		}
		models.set(name, model);
	}
	return models;
}
