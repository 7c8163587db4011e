import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The command as npm installs it: built, and named in the manifest. */

const root = path.join(__dirname, '..', '..');
const { bin } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
	bin: Record<string, string>;
};
const program = path.join(root, bin['gpt-image-migrate'] ?? '');
const file = path.join(__dirname, 'workflows', 'legacy-icons.json');
const command = (args: string[], input = '') =>
	spawnSync(process.execPath, [program, ...args], { input, encoding: 'utf8' });

it('writes the workflow to its output and the report to the error output', () => {
	const { status, stdout, stderr } = command([file]);
	expect(status).toBe(0);
	const { nodes } = JSON.parse(stdout) as { nodes: Array<{ type: string }> };
	expect(nodes.map(({ type }) => type)).toEqual([
		'n8n-nodes-base.manualTrigger',
		'n8n-nodes-gpt-image.gptImage',
		'n8n-nodes-base.httpRequest',
		'n8n-nodes-gpt-image.gptImage',
		'n8n-nodes-base.openAi',
	]);
	expect(stderr).toContain('"Icons": 2 nodes moved to GPT Image');
	expect(stderr).toContain('choose a GPT Image credential');
});

it('reads a list of workflows from the standard input', () => {
	const { status, stdout, stderr } = command([], `[${readFileSync(file, 'utf8')},{"nodes":[]}]`);
	expect(status).toBe(0);
	expect(JSON.parse(stdout)).toHaveLength(2);
	expect(stderr).toContain('nothing changed');
});

it('reads what Windows saved: a byte order mark before the text', () => {
	const { status, stdout } = command([], `\uFEFF${readFileSync(file, 'utf8')}`);
	expect(status).toBe(0);
	expect(JSON.parse(stdout)).toHaveProperty('nodes');
});

it.each([[[file, file]], [['--out=new.json', file]], [['missing.json']]])(
	'refuses the arguments %j and writes nothing',
	(args) => {
		const { status, stdout, stderr } = command(args);
		expect(status).toBe(1);
		expect(stdout).toBe('');
		expect(stderr).toMatch(/^(Usage|ENOENT)/);
	},
);

it.each([
	['{', 'This is not JSON'],
	['{"name":"x"}', 'This is not a workflow'],
])('says of %s why it cannot be moved, and writes nothing', (input, message) => {
	const { status, stdout, stderr } = command([], input);
	expect(status).toBe(1);
	expect(stdout).toBe('');
	expect(stderr).toContain(message);
	expect(stderr).not.toContain('    at ');
});

it('is executable by its first line, and explains itself', () => {
	expect(readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
	expect(command(['--help']).stdout).toContain('Usage: gpt-image-migrate');
});

it('runs out of the packed tarball, without any of the dependencies', () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-packed-'));
	const tarball = execFileSync(
		'npm',
		['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
		{ cwd: root, encoding: 'utf8' },
	);
	execFileSync('tar', ['-xzf', tarball.trim()], { cwd: folder });
	const packed = path.join(folder, 'package', bin['gpt-image-migrate'] ?? '');
	const { status, stderr } = spawnSync(process.execPath, [packed, file], { encoding: 'utf8' });
	expect([status, stderr]).toEqual([0, expect.stringContaining('2 nodes moved to GPT Image')]);
});
