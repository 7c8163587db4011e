/** What each operation adds to the JSON of its items. The output schemas are made from these types. */

import type { DescriptionFacts, ReviewFacts } from '../core/calls/question-answer';
import type {
	AnswerFacts,
	ImageFacts,
	OrderFacts,
	OrderOutput,
	Tokens,
	Warning,
} from '../core/job';
import type { OrderState } from '../core/job-orders';
import type { ValueOf } from '../core/rules/choices';
import type { Provenance } from '../core/openai/provenance';
import type { ExportedFile } from '../core/pixels/export/export';
import type { Estimate } from '../core/pricing/estimate';
import type { GroupBy, Summary } from '../core/pricing/summary';

/** The contract's `image` as an item has it, in the order of use. */
export interface ItemImage extends ImageFacts {
	readonly fileName: string;
	readonly width: ImageFacts['width'];
	readonly height: ImageFacts['height'];
	readonly format: ImageFacts['format'];
	readonly bytes: number;
	/** In a sub-workflow, which an agent may have called: where the image can be fetched for a day. */
	readonly url?: string;
	readonly cost: ImageFacts['cost'];
	readonly prompt: string;
	readonly revisedPrompt?: string;
	readonly warnings: readonly Warning[];
}

interface ItemAnswer {
	readonly usage: Tokens['chat'] | null;
	readonly cost: Omit<AnswerFacts['cost'], 'parts'>;
	readonly chatModel: string;
	readonly request: AnswerFacts['request'];
	readonly warnings: readonly Warning[];
}
type ItemReview = ReviewFacts & ItemAnswer;
type ItemDescription = DescriptionFacts & ItemAnswer;

/** Flat, and without the input's fields: made for a table, and `model` or `size` would clash. */
export interface PriceRow {
	readonly model: string;
	readonly quality: string;
	readonly size: string;
	readonly usdMin: number | null;
	readonly usdMax: number | null;
	readonly savesUsd: number | null;
	readonly meetsRequest: boolean;
	readonly isCheapest: boolean;
	readonly replaces: string | null;
	readonly exact: boolean;
	readonly pricesOf: readonly string[];
	readonly warnings: readonly Warning[];
}

export interface ItemEstimate extends Omit<Estimate, 'warnings'> {
	readonly warnings: readonly Warning[];
}

export interface ItemFile extends Omit<ExportedFile, 'bytes' | 'channel' | 'warnings'> {
	readonly channel?: string;
	readonly width: number;
	readonly height: number;
	readonly format: ExportedFile['format'];
	readonly bytes: number;
	readonly sha256: string;
	readonly fileName: string;
	readonly warnings: ReadonlyArray<{ readonly code: string; readonly message: string }>;
}

export interface SheetImage {
	readonly number: number;
	readonly caption: string;
	readonly fileName: string | null;
}

export interface OrderEvent {
	readonly event: ValueOf<'events'>;
	/** `batch_...` or `resp_...` */
	readonly orderId: string;
	/** ISO 8601, UTC. */
	readonly at: string;
}

/** An image, or a row that was ordered for later, which has only some of these. */
type Orderable = ItemImage & Partial<Pick<OrderOutput['image'], 'status' | 'order'>>;

/** An order that is not ready. */
interface OpenOrder extends Omit<OrderFacts, 'customId'> {
	readonly requests: OrderState['requests'];
	/** Why it could not be looked at, or its images not be downloaded. */
	readonly error?: { readonly code: string; readonly message: string };
}

/** By node, resource and operation, as n8n looks their schemas up. */
export interface Outputs {
	'GptImage/image/generate': { image: Orderable };
	'GptImage/image/edit': { image: Orderable };
	'GptImage/image/collect': { image: ItemImage; order: OpenOrder };
	'GptImage/image/describe': { description: ItemDescription };
	'GptImage/image/review': { review: ItemReview };
	'GptImage/image/checkProvenance': { provenance: Provenance };
	'GptImage/conversation/send': { image: Orderable };
	'GptImageCost/estimate': { estimate: ItemEstimate };
	'GptImageCost/compare': PriceRow;
	'GptImageCost/summarize': { summary: { by: GroupBy } & Summary };
	'GptImageExport/export': { file: ItemFile };
	'GptImageExport/contactSheet': { file: ItemFile; images: readonly SheetImage[] };
	GptImageTrigger: OrderEvent;
}
