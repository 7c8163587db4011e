/**
 * How services with OpenAI's API report refusals: codes and phrases by what they mean for the user.
 * Read in November 2026; a service that is added gets its codes here.
 */

export type RefusalKind =
	| 'moderation'
	| 'cannotSee'
	| 'imageNotFetched'
	| 'modelGone'
	| 'noCredit'
	| 'overloaded'
	| 'rateLimit'
	| 'wrongAddress';

interface RefusalRule {
	readonly kind: RefusalKind;
	/** In lower case, with or without underscores; looked for among all codes and types of the answer. */
	readonly codes: readonly string[];
	/** Looked for when no code is known; only with one of `statuses`, where there are some. */
	readonly texts: readonly RegExp[];
	readonly statuses?: readonly number[];
}

/** OpenAI's own, each of which says where to raise the limit. */
export const openAiQuotaCodes: readonly string[] = [
	'insufficient_quota',
	'credit_balance_exhausted',
	'billing_hard_limit_reached',
	'billing_not_active',
	'organization_spend_limit_exceeded',
	'project_spend_limit_exceeded',
	'organization_usage_limit_exceeded',
];

const refusals: readonly RefusalRule[] = [
	{
		kind: 'noCredit',
		// OpenAI error guide (facts/openai-images.md, 6.4); openrouter.ai/docs/errors (402; "Key limit
		// exceeded" is a 403), docs.litellm.ai/docs/proxy/error_reference (budget_exceeded), portkey.ai
		// error codes (412), new-api (insufficient_user_quota).
		codes: [
			...openAiQuotaCodes,
			'insufficient_credits',
			'insufficient_balance',
			'insufficient_funds',
			'insufficient_user_quota',
			'pre_consume_token_quota_failed',
			'payment_required',
			'budget_exceeded',
			'key_limit_exceeded',
		],
		texts: [
			/exceeded your current quota/i,
			/billing hard limit/i,
			/insufficient (?:credit|balance|quota|funds)/i,
			/(?:requires more|not enough|out of|no) (?:credits?|balance|funds)\b/i,
			/\bbudget (?:has been |is )?(?:exceeded|exhausted)/i,
			/\b(?:credit|balance|spending limit|spend limit)\b.{0,40}\b(?:too low|exhausted|depleted|insufficient|reached|exceeded)/i,
			/\bkey limit exceeded/i,
			/额度不足|余额不足/,
		],
	},
	{
		kind: 'moderation',
		// OpenAI error guide and the type ResponseError of openai 7.55.0; learn.microsoft.com, Azure OpenAI
		// content filter; microsoft/semantic-kernel issue 4384 (contentFilter); pollinations issue 8848
		// (403); openrouter.ai/docs/errors (403 with metadata), developers.cloudflare.com/ai-gateway
		// guardrails (2016, 2017), docs.litellm.ai/docs/exception_mapping, portkey.ai error codes (446).
		codes: [
			'moderation_blocked',
			'content_policy_violation',
			'image_content_policy_violation',
			'content_filter',
			'content_filtered',
			'responsible_ai_policy_violation',
			'2016',
			'2017',
			'contentpolicyviolationerror',
			'content_moderation',
			'content_blocked',
			'moderation_error',
			'moderation_flagged',
			'hooks_failed',
			'guardrail_violation',
			'guardrail_intervened',
			'prohibited_content',
			'image_safety',
			'safety_violation',
			'policy_violation',
			'sensitive_words_detected',
		],
		texts: [
			/\bsafety system/i,
			/flagged as (?:potentially )?violating/i,
			/\bviolat\w{0,6}\b.{0,80}\b(?:polic|guideline|guardrail|safety)/i,
			/\bcontent[ _-]?(?:management polic|filter|polic|moderation)/i,
			/\bresponsible ?ai\b/i,
			/\bcontent safety\b/i,
			/\brequires moderation\b/i,
			/\bflagged (?:for|by|as)\b/i,
			/\b(?:input|prompt|request|content|response|image) (?:was|is|has been|were) flagged/i,
			/\bblocked\b.{0,60}\b(?:security configuration|guardrail|polic|safety|moderation)/i,
			/\b(?:nsfw|unsafe|inappropriate|harmful|sensitive) (?:content|words?)\b/i,
			/\bcontent (?:was |is |has been )?(?:blocked|rejected|filtered)\b/i,
			/\brejected by\b.{0,40}\b(?:moderation|guardrail|safety)/i,
			/\bguardrail\b.{0,60}\b(?:failed|blocked|violat|denied|interven)/i,
		],
		statuses: [400, 403, 422, 424, 446, 451, 500],
	},
	{
		kind: 'cannotSee',
		// OpenAI (image_url is only supported by certain models), OpenRouter 404 (no endpoints that support
		// image input), vLLM (not a multimodal model).
		codes: [],
		texts: [
			/\bimage_url\b.{0,40}\bonly supported by certain models/i,
			/\bsupports? (?:image input|vision)\b/i,
			/\bnot a multimodal model\b/i,
		],
		statuses: [400, 404, 415, 422],
	},
	{
		kind: 'modelGone',
		// OpenAI error guide; learn.microsoft.com (DeploymentNotFound, OperationNotSupported);
		// docs.litellm.ai (key_model_access_denied); BerriAI/litellm issue 29539; Groq
		// (model_decommissioned); OpenRouter 404 (lobehub issue 19315, vyancharuk/nodejs-api-boilerplate
		// issue 16); LiteLLM router; new-api (503).
		codes: [
			'model_not_found',
			'model_not_available',
			'model_not_supported',
			'model_not_allowed',
			'model_decommissioned',
			'model_deprecated',
			'model_access_denied',
			'key_model_access_denied',
			'team_model_access_denied',
			'user_model_access_denied',
			'org_model_access_denied',
			'project_model_access_denied',
			'deployment_not_found',
			'unknown_model',
			'unavailable_model',
			'unsupported_model',
			'invalid_model',
		],
		texts: [
			/\b(?:model|deployment)\b.{0,100}\b(?:does not exist|doesn't exist|do not have access|does not have access|no longer (?:available|supported))/i,
			/\bdoes not have access to\b.{0,20}\bmodel\b/i,
			/\b(?:model|deployment)\b:? ?\S{0,100} (?:was |is |could )?(?:not (?:be )?(?:found|available|supported)|unavailable)\b/i,
			/\bmodel\b.{0,100}\b(?:has been|was|is) (?:deprecated|shut down|retired|decommissioned|discontinued|removed)\b/i,
			/\bnot a valid model\b/i,
			/\b(?:invalid|unknown|unsupported|unavailable|unrecognized) model\b/i,
			/\b(?:no such |(?:cannot|can not|could not|unable to) (?:find|locate) (?:the )?)(?:model|deployment)\b/i,
			/\bnot allowed to access model\b/i,
			/\bdoes not work with the specified model\b/i,
			/\bLLM provider not provided\b/i,
			/\bno (?:endpoints?|allowed providers?) (?:are )?(?:found|available)/i,
			/\bno (?:available|healthy) (?:channel|deployment|model provider)s?\b/i,
			/无可用渠道/,
		],
		statuses: [400, 401, 403, 404, 410, 422, 500, 503],
	},
	{
		kind: 'imageNotFetched',
		// the type ResponseError of openai 7.55.0; openai-python pull request 2790; LiteLLM.
		codes: ['invalid_image_url', 'failed_to_download_image', 'imagefetcherror'],
		texts: [
			/\b(?:error|timeout|timed out|failed) while (?:downloading|fetching)/i,
			/\b(?:failed|unable|not|error|timed out|timeout)\b.{0,20}\b(?:download|fetch|retriev)\w{0,4}\b.{0,60}\b(?:image|file|url|https?:)/i,
			/\b(?:unable|not|failed)\b.{0,20}\b(?:access|open|load|reach)\w{0,3}\b.{0,40}\b(?:url|https?:)/i,
			/\bImageFetchError\b/,
		],
		statuses: [400, 422],
	},
	{
		kind: 'overloaded',
		// OpenAI error guide; Anthropic-like gateways (529).
		codes: ['slow_down', 'server_is_overloaded', 'overloaded_error', 'engine_overloaded'],
		texts: [],
	},
	{
		kind: 'rateLimit',
		// OpenAI error guide; Azure (429, RateLimitReached); LiteLLM (throttling_error).
		codes: [
			'rate_limit_exceeded',
			'ratelimitreached',
			'too_many_requests',
			'throttling_error',
			'tokens_limit_reached',
		],
		texts: [],
	},
	{
		kind: 'wrongAddress',
		// OpenAI ("Invalid URL (POST ...)", unknown_url), Azure ("Resource not found"), FastAPI, Express,
		// Spring, Go, Kong, Cloudflare (7000, 7003).
		codes: ['unknown_url', '7000', '7003', 'route_not_found', 'endpoint_not_found'],
		texts: [
			/^(?:\W{0,3}404\W{0,3})?(?:page |resource |route |endpoint |path |url )?not found\W{0,3}$/i,
			/^(?:405 ?)?method not allowed\W{0,3}$/i,
			/\binvalid url \(/i,
			/\bunknown request url\b/i,
			/\bcannot (?:post|get) \//i,
			/\b404 page not found\b/i,
			/\broute\b.{0,200}\bnot found\b/i,
			/\bno (?:route|static resource|handler)\b/i,
			/\bcould not route to\b/i,
			/\brequested (?:url|path|resource|endpoint)\b.{0,200}\b(?:not found|does not exist)/i,
			/\bdefault backend\b/i,
		],
		statuses: [404, 405],
	},
];

/** Services write `content_filter` and `contentFilter`. */
const plain = (code: string): string => code.replaceAll('_', '');

const firstOf = (match: (rule: RefusalRule) => boolean): RefusalKind | undefined =>
	refusals.find(match)?.kind;

/** @param answer codes in lower case, outermost first; words on one line, of bounded length */
export function refusalKind(answer: {
	readonly codes: readonly string[];
	readonly text: string;
	readonly status: number | undefined;
	readonly namesWait: boolean;
}): RefusalKind | undefined {
	const { codes, text, status } = answer;
	const byCode = codes.map((code) =>
		firstOf((rule) => rule.codes.some((known) => plain(known) === plain(code))),
	);
	// Last, because some services use the rate limit's code for an empty account.
	const known = byCode.find((kind) => kind !== undefined && kind !== 'rateLimit');
	if (known) return known;
	// Used for rate limits and empty accounts; with a wait time it means the former.
	const isWait = status === 429 && answer.namesWait;
	const byText = firstOf(
		(rule) =>
			(rule.statuses === undefined || status === undefined || rule.statuses.includes(status)) &&
			!(rule.kind === 'noCredit' && isWait) &&
			rule.texts.some((words) => words.test(text)),
	);
	return byText ?? byCode.find((kind) => kind !== undefined);
}
