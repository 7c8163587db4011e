import type { FastifyInstance } from 'fastify';
import { serve, type Call } from '../http/call';
import { faultBefore } from '../http/faulty';
import { duplicate, readForm, type Upload } from '../http/form';
import { resolveImageRef, type Referenced } from '../http/imageRefs';
import { drawPartial } from '../image/draw';
import { checkImage, checkMarkup, checkMask, orientedSize, type InputImage } from '../image/inputs';
import { repaintCanvas } from '../image/repaint';
import { fullImage } from '../image/studio';
import { invalidRequest, missingParameter, unknownParameter } from '../rules/errors';
import {
	formEditParameters,
	jsonEditParameters,
	readImageRequest,
	type ImageRequest,
} from '../rules/imageRequest';
import { findImageModel } from '../rules/models';
import { Params } from '../rules/params';
import { ratioHint } from '../rules/sizes';
import type { State } from '../state';
import { answerImages } from './answer';

const mostImages = 16;

export function addEdits(app: FastifyInstance, state: State): void {
	serve(app, state, 'POST', '/v1/images/edits', edit, { paid: true });
}

/** The two forms of an edit, brought together. */
interface EditBody {
	params: Params;
	allowed: readonly string[];
	/** Name of the parameter that holds the references. */
	param: string;
	images: Referenced[];
	mask?: Referenced;
	markup?: Referenced;
}

async function edit(call: Call): Promise<void> {
	const form = call.request.isMultipart();
	const raw: RawForm = form ? await readForm(call) : { fields: await call.json(), files: [] };
	const prompt = typeof raw.fields.prompt === 'string' ? raw.fields.prompt : '';
	if (await faultBefore(call, prompt)) return;
	const body = form ? fromForm(raw) : await fromJson(call, raw.fields);
	body.params.allowOnly(body.allowed);
	const ratio = await ratioOfFirst(body, prompt);
	const request = readImageRequest(body.params, {
		ratioHint: ratio,
		unavailable: call.state.options.unavailableModels,
		modelOf: (asked) => call.modelOf(asked),
	});
	const images = await checkImages(body);
	const overlay = await checkOverlays(body, request, images);
	const canvas = repaintCanvas({ images, ...overlay });
	await answerImages(call, request, {
		eventName: 'image_edit',
		inputs: images.map(({ size }) => size),
		paint: (order, source) => fullImage(order, source, canvas),
		paintPartial: (order, step, steps) => drawPartial(order, step, steps, canvas),
	});
}

interface RawForm {
	fields: Record<string, unknown>;
	files: Upload[];
}

function fromForm({ fields, files }: RawForm): EditBody {
	const body: EditBody = {
		params: new Params(withSvg(fields), true),
		allowed: formEditParameters,
		param: 'image',
		images: [],
	};
	for (const { field, bytes, contentType } of files) {
		if (field === 'image' || field === 'image[]') {
			if (field === 'image' && body.images.length > 0) throw duplicate('image');
			body.images.push({ bytes, contentType });
		} else if (field === 'mask' || field === 'markup') {
			if (body[field]) throw duplicate(field);
			body[field] = { bytes, contentType };
		} else {
			throw unknownParameter(field);
		}
	}
	return body;
}

/** `svg[model]` and `svg[reasoning][effort]` as the object that JSON has. */
function withSvg(fields: Record<string, unknown>): Record<string, unknown> {
	const { 'svg[model]': model, 'svg[reasoning][effort]': effort, ...others } = fields;
	if (model === undefined && effort === undefined) return others;
	return { ...others, svg: { model, ...(effort !== undefined && { reasoning: { effort } }) } };
}

async function fromJson(call: Call, fields: Record<string, unknown>): Promise<EditBody> {
	const params = new Params(fields);
	params.allowOnly(jsonEditParameters);
	const refs = params.list('images') ?? [];
	if (refs.length > mostImages) throw tooMany('images', refs.length);
	const images: Referenced[] = [];
	for (const [i, ref] of refs.entries()) {
		images.push(await resolveImageRef(call.state, ref, `images[${i}]`));
	}
	return {
		params,
		allowed: jsonEditParameters,
		param: 'images',
		images,
		...(params.has('mask') && {
			mask: await resolveImageRef(call.state, params.object('mask'), 'mask'),
		}),
	};
}

/** 'auto' follows the first image; one that cannot be read is refused later. */
async function ratioOfFirst({ images }: EditBody, prompt: string): Promise<number> {
	const size = images[0] && (await orientedSize(images[0].bytes));
	return size ? size.width / size.height : ratioHint(prompt);
}

async function checkImages({ images, param }: EditBody): Promise<InputImage[]> {
	if (images.length === 0) throw missingParameter(param);
	if (images.length > mostImages) throw tooMany(param, images.length);
	const checked: InputImage[] = [];
	for (const [index, { bytes, contentType }] of images.entries()) {
		checked.push(await checkImage(bytes, { param, index, contentType }));
	}
	return checked;
}

async function checkOverlays(
	{ mask, markup }: EditBody,
	request: ImageRequest,
	[first]: InputImage[],
): Promise<{ mask?: Buffer; markup?: Buffer }> {
	if (!first) return {};
	if (mask && request.format === 'gif') {
		throw invalidRequest('GIF output does not support masks.', 'mask', 'invalid_value');
	}
	if (markup && !findImageModel(request.model.id)?.markup) {
		throw invalidRequest(
			`The model '${request.model.id}' does not support the 'markup' parameter.`,
			'markup',
			'unsupported_parameter',
		);
	}
	if (markup && mask) {
		throw invalidRequest("'markup' cannot be combined with 'mask'.", 'markup', 'invalid_value');
	}
	return {
		...(mask && { mask: await checkMask(mask.bytes, first) }),
		...(markup && { markup: await checkMarkup(markup.bytes, first) }),
	};
}

function tooMany(param: string, count: number) {
	return invalidRequest(
		`Invalid '${param}': array too long. Expected an array with maximum length ${mostImages}, ` +
			`but got an array with length ${count} instead.`,
		param,
		'array_above_max_length',
	);
}
