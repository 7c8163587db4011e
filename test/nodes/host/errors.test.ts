import { UserError } from 'n8n-workflow';
import { asGptImageError } from '../../../nodes/host/errors';

/** As n8n throws it when the credential of a node was deleted, or is not shared with its project. */
class CredentialNotFoundError extends UserError {}

it('a credential that is gone is not a bug to report', () => {
	const gone = 'Credential with ID "7" does not exist for type "gptImageApi".';
	expect(asGptImageError(new CredentialNotFoundError(gone))).toMatchObject({
		message: 'Credential with ID "7" does not exist for type "gptImageApi"',
		advice:
			'Select another credential in the node, or ask its owner to share it with this project.',
		code: 'invalid_input',
		billed: 'no',
	});
});

it("of n8n's other errors for users, the parameters are to be checked", () => {
	expect(asGptImageError(new UserError('Wrong type')).advice).toBe(
		"Check the node's parameters and their expressions for this item.",
	);
});

it('what nobody expected is to be reported', () => {
	expect(asGptImageError(new TypeError('x is undefined')).advice).toMatch(/^Please report this/);
});
