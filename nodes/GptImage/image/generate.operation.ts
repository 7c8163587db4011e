import { updateDisplayOptions, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';
import { withFallbackModels } from '../../../core/fallback';
import type { Job } from '../../../core/job';
import { readFallbackFile } from '../../shared/files';
import { readCallSettings, readFallbackModels, readPictureWish } from '../../shared/parameters';
import { dryRunField, numberOfImagesField, promptField, qualityField, sizeFields } from '../fields';
import { moneyOptions } from '../money-options';
import { callOptions, itemOptions, optionsField, pictureOptions } from '../options';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['generate'] } },
	[
		promptField,
		...sizeFields({ input: false }),
		qualityField,
		numberOfImagesField,
		dryRunField,
		optionsField([...pictureOptions, ...itemOptions, ...callOptions, ...moneyOptions]),
	],
);

/** @throws GptImageError naming the parameter that no picture can be made from */
export async function read(context: IExecuteFunctions, itemIndex: number): Promise<Job> {
	const { request, others } = withFallbackModels(
		readPictureWish(context, itemIndex, 'generate'),
		readFallbackModels(context, itemIndex),
	);
	return {
		itemIndex,
		request,
		fallback: { requests: others, file: readFallbackFile(context, itemIndex) },
		...readCallSettings(context, itemIndex),
	};
}
