import { findMarker, withoutMarkers } from '../faults';
import { scriptedArguments } from './functionScript';
import type { Turn } from './turn';

/** What the scripted model does in a turn, in this order. */
export interface Plan {
	reasons: boolean;
	searches: number;
	functionCall?: { name: string; arguments: string };
	images: PlannedImage[];
	/** The closing message, if it says anything. */
	text?: string;
	/** How the response ends. */
	end: 'completed' | 'failed' | 'incomplete';
	errorCode?: string;
}

export interface PlannedImage {
	revisedPrompt: string;
	fails: boolean;
}

/** Decides by the markers of the message, without them by the tools at hand. */
export function planTurn(turn: Turn): Plan {
	const { input, tools } = turn;
	const marker = (name: string) => findMarker(input.message, name);
	const said = withoutMarkers(input.message);
	const failed = marker('failresponse');
	const plan: Plan = {
		reasons: turn.effort !== null && turn.effort !== 'none',
		searches: tools.webSearch && !tools.forbidden ? Number(marker('search')?.words[0] ?? 1) : 0,
		images: [],
		end: failed ? 'failed' : marker('incomplete') ? 'incomplete' : 'completed',
		errorCode: failed ? (failed.words[0] ?? 'server_error') : undefined,
	};
	if (input.functionOutput !== undefined) {
		plan.text = `The tool answered: ${input.functionOutput}`;
		return plan;
	}
	const [tool] = tools.functions;
	if (tool && !turn.image && !tools.forbidden && !marker('talk')) {
		plan.functionCall = {
			name: tool.name,
			arguments: JSON.stringify(scriptedArguments(tool, input.message)),
		};
		return plan;
	}
	if (!turn.image || (marker('talk') && !tools.forced)) {
		plan.text = `I read "${said}". Tell me more, and I will draw it.`;
		return plan;
	}
	const panels = Number(marker('panels')?.words[0] ?? 1);
	const count = Math.min(panels, turn.mostToolCalls);
	const failing = marker('failcall');
	const which = failing ? Number(failing.words[0] ?? 0) : undefined;
	plan.images = Array.from({ length: count }, (_, i) => ({
		revisedPrompt: revised(turn, said, panels > 1 ? `Panel ${i + 1} of ${panels}: ` : ''),
		fails: which === 0 || which === i + 1,
	}));
	if (!tools.forced) plan.text = panels > 1 ? `Here are ${count} panels.` : `Here it is: ${said}`;
	return plan;
}

/** What the mainline model makes of the request before it hands it on. */
function revised(turn: Turn, said: string, panel: string): string {
	const earlier = turn.image?.action === 'edit' ? turn.context.lineage : [];
	const history = [...earlier.map(withoutMarkers), said].join(', then ');
	const documents = turn.input.documents.map(({ name }) => name);
	return `${panel}${history}${documents.length > 0 ? `, following ${documents.join(', ')}` : ''}. Carefully composed.`;
}
