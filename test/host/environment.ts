import { join } from 'node:path';
import { pathWithThisNode } from './command';

export interface HostPorts {
	main: number;
	/** n8n runs Code nodes in a second process that calls back on this port. */
	broker: number;
}

/** Where n8n's file nodes may read and write: its default is the same folder under the home folder. */
export function filesFolder(folder: string): string {
	return join(folder, '.n8n-files');
}

/** Only what a process needs from outside: no N8N_..., DB_... or OPENAI_... of the developer's own. */
const INHERITED =
	/^(PATH|HOME|USER|LANG|LC_.*|TMPDIR|TEMP|SYSTEMROOT|APPDATA|NODE_EXTRA_CA_CERTS|.*_PROXY|npm_config_(registry|cache|userconfig))$/i;

function inheritedEnvironment(): Record<string, string> {
	const kept: Record<string, string> = { PATH: pathWithThisNode() };
	for (const [name, value] of Object.entries(process.env)) {
		if (INHERITED.test(name) && name !== 'PATH' && value !== undefined) kept[name] = value;
	}
	return kept;
}

/**
 * The environment of a quiet, local n8n: own folder and ports, no telemetry, no calls home.
 * Variable names: https://docs.n8n.io/hosting/configuration/environment-variables/
 */
export function hostEnvironment(folder: string, ports: HostPorts): Record<string, string> {
	const url = `http://127.0.0.1:${ports.main}`;
	return {
		...inheritedEnvironment(),
		N8N_USER_FOLDER: folder,
		N8N_RESTRICT_FILE_ACCESS_TO: filesFolder(folder),
		N8N_HOST: '127.0.0.1',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_PORT: String(ports.main),
		N8N_PROTOCOL: 'http',
		N8N_SECURE_COOKIE: 'false',
		N8N_EDITOR_BASE_URL: url,
		N8N_WEBHOOK_URL: `${url}/`,
		N8N_RUNNERS_BROKER_PORT: String(ports.broker),
		N8N_ENCRYPTION_KEY: 'only-for-local-tests',
		DB_TYPE: 'sqlite',
		N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'true',
		GENERIC_TIMEZONE: 'UTC',
		TZ: 'UTC',
		NO_COLOR: '1',
		N8N_LOG_LEVEL: 'info',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_DISABLED_MODULES: 'mcp-registry,instance-reporting',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_DIAGNOSTICS_CONFIG_FRONTEND: '',
		N8N_DIAGNOSTICS_CONFIG_BACKEND: '',
		EXTERNAL_FRONTEND_HOOKS_URLS: '',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
		N8N_LICENSE_DETACH_FLOATING_ON_SHUTDOWN: 'false',
	};
}
