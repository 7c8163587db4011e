import { channels, formatRow, type Channel } from '../../core/rules/channels';
import { table } from './markdown';

/** The table of channels in docs/export.md, made from core/rules/channels.ts. */

const weight = ({ maxBytes }: Channel): string => {
	if (maxBytes === undefined) return '';
	return maxBytes >= 1e6 ? `${maxBytes / 1e6} MB` : `${maxBytes / 1e3} kB`;
};

const formats = ({ formats: allowed, opaque }: Channel): string =>
	(allowed ?? []).map((format) => formatRow(format).name).join(', ') +
	(opaque ? ', no transparency' : '');

export function channelTable(): string {
	const sources = [...new Set(channels.map(({ source }) => source))];
	const rows = channels.map((channel) => [
		channel.name,
		`\`${channel.id}\``,
		channel.size ? `${channel.size.width} x ${channel.size.height}` : "the image's own",
		formats(channel),
		weight(channel),
		channel.note ?? '',
		`${channel.checked} [${sources.indexOf(channel.source) + 1}]`,
	]);
	return [
		table(['channel', 'id', 'pixels', 'formats', 'at most', '', 'checked'], rows),
		'',
		...sources.map((source, index) => `[${index + 1}] ${source}  `),
	]
		.join('\n')
		.trimEnd();
}
