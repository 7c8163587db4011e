import type {
	ExecutionStatus,
	IConnections,
	IDataObject,
	INode,
	IRunExecutionData,
} from 'n8n-workflow';

/** A workflow file as n8n's editor exports it. */
export interface WorkflowFile {
	id?: string;
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings?: IDataObject;
}

export interface SavedWorkflow extends WorkflowFile {
	id: string;
	versionId: string;
}

export interface SavedCredential {
	id: string;
	name: string;
	type: string;
}

export interface CredentialTest {
	status: 'OK' | 'Error';
	message: string;
}

export interface Execution {
	id: string;
	status: ExecutionStatus;
	data: IRunExecutionData;
}

export interface InstalledPackage {
	packageName: string;
	installedVersion: string;
	installedNodes: Array<{ name: string; type: string; latestVersion: number }>;
	failedLoading?: boolean;
}
